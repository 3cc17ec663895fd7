from efficoder.sandbox import Limits


def test_one_rule_gives_the_wall_time_of_every_limit() -> None:
    assert Limits().within(0.0).wall_s >= 1.0
    assert Limits().within(10.0) == Limits()
    lean = Limits(memory_bytes=1 << 20, output_bytes=7)
    assert lean.within(1.0).within(10.0) == lean
