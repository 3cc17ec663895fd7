"""Everything that runs beside untrusted code: standard library alone.

zygote.py    the fork server
allowance.py the time that a child may take
guards.py    the kernel's walls
seccomp.py   the filter of system calls
syscalls.py  their numbers
pairs.py     socket pairs that tell nothing
native.py    a compiled program, which a child becomes
compiler.py  a compiler on one program's text
driver.py    what runs in a child
python_file.py what `python FILE` gives a program, and how it ends
files.py     a program's files as modules
nodes.py     linked lists and trees
"""
