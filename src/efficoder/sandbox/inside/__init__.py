"""Everything that runs beside untrusted code: standard library alone.

zygote.py    the fork server
guards.py    the kernel's walls
seccomp.py   the filter of system calls
syscalls.py  their numbers
pairs.py     socket pairs that tell nothing
driver.py    what runs in a child
files.py     a program's files as modules
nodes.py     linked lists and trees
"""
