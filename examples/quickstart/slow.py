"""Which of a list of numbers stand in it twice? Every number is looked for in all that follow."""


def repeated(numbers):
    found = []
    for i, number in enumerate(numbers):
        if number in numbers[i + 1 :] and number not in found:
            found.append(number)
    return sorted(found)
