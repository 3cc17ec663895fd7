"""System call numbers for x86_64 and aarch64, in the groups the guards use; data only.

Each entry is ``name:x86_64:aarch64``, with ``-`` where an architecture has no such call.
Source: Linux uapi headers (asm/unistd_64.h, asm-generic/unistd.h); the kernel never changes a number.
"""

MACHINES = ("x86_64", "aarch64")

# What the zygote and the guards call themselves.
CALLED = """
clone:56:220 capset:126:91 personality:135:92 pivot_root:155:41 mount:165:40 umount2:166:39 unshare:272:97
seccomp:317:277 pidfd_send_signal:424:424 open_tree:428:428 move_mount:429:429 pidfd_open:434:434 close_range:436:436
mount_setattr:442:442 execveat:322:281 landlock_create_ruleset:444:444 landlock_add_rule:445:445
landlock_restrict_self:446:446
"""

# Files: what the mount namespace or Landlock lets be reached. No link, symlink, chmod, chown, xattr, utimes, and no
# truncate, which Landlock before Linux 6.2 does not govern.
FILES = """
read:0:63 write:1:64 open:2:- close:3:57 stat:4:- fstat:5:80 lstat:6:- lseek:8:62 pread64:17:67 pwrite64:18:68
readv:19:65 writev:20:66 access:21:- dup:32:23 dup2:33:- sendfile:40:71 flock:73:32 fsync:74:82
fdatasync:75:83 ftruncate:77:46 getcwd:79:17 chdir:80:49 fchdir:81:50 rename:82:- mkdir:83:- rmdir:84:-
creat:85:- unlink:87:- readlink:89:- umask:95:166 statfs:137:43 fstatfs:138:44 getdents64:217:61
openat:257:56 mkdirat:258:34 newfstatat:262:79 unlinkat:263:35 renameat:264:38 readlinkat:267:78 faccessat:269:48
dup3:292:24 preadv:295:69 pwritev:296:70 renameat2:316:276 copy_file_range:326:285 statx:332:291
close_range:436:436 faccessat2:439:439
"""

# Memory, threads, time, waiting, facts about itself.
MEMORY = """
poll:7:- mprotect:10:226 munmap:11:215 brk:12:214 rt_sigaction:13:134 rt_sigprocmask:14:135
rt_sigreturn:15:139 select:23:- sched_yield:24:124 mremap:25:216 msync:26:227 madvise:28:233 pause:34:-
nanosleep:35:101 getitimer:36:102 alarm:37:- setitimer:38:103 getpid:39:172 exit:60:93 wait4:61:260 uname:63:160
gettimeofday:96:169 getrlimit:97:163 getrusage:98:165 times:100:153 getuid:102:174 getgid:104:176
geteuid:107:175 getegid:108:177 getppid:110:173 getpgrp:111:- getgroups:115:158 getresuid:118:148 getresgid:120:150
getpgid:121:155 getsid:124:156 rt_sigpending:127:136 rt_sigtimedwait:128:137 rt_sigsuspend:130:133 sigaltstack:131:132
setrlimit:160:164 gettid:186:178 time:201:- futex:202:98 sched_getaffinity:204:123 set_tid_address:218:96
restart_syscall:219:128 exit_group:231:94
epoll_wait:232:- epoll_ctl:233:21 waitid:247:95 pselect6:270:72 ppoll:271:73 set_robust_list:273:99
get_robust_list:274:100 epoll_pwait:281:22 eventfd2:290:19 epoll_create1:291:20 getcpu:309:168 getrandom:318:278
rseq:334:293 epoll_pwait2:441:441 futex_waitv:449:449
"""

# What asyncio does with its socket pair.
PAIRS = """
shutdown:48:210 getsockname:51:204 getsockopt:55:209
"""

# What a compiled program does beyond Python: its loader sets the register of its thread. The exec itself is checked.
NATIVE = """
arch_prctl:158:-
"""

# What a compiler does: it runs its parts one after the other, and makes files.
COMPILER = """
vfork:58:- execve:59:221 chmod:90:- fchmod:91:52 fchmodat:268:53 sysinfo:99:179 pipe2:293:59
"""

# Allowed for some arguments only (see seccomp.py).
CHECKED = """
mmap:9:222 ioctl:16:29 sendto:44:206 recvfrom:45:207 clone:56:220 fcntl:72:25 prctl:157:167
prlimit64:302:261 clone3:435:435 clock_gettime:228:113 clock_getres:229:114 clock_nanosleep:230:115
execveat:322:281 socketpair:53:199
"""


def numbers(group: str, machine: str) -> dict[str, int]:
    """The numbers of one group on a machine (``platform.machine()``)."""
    column = 1 + MACHINES.index(machine)
    entries = (entry.split(":") for entry in group.split())
    return {entry[0]: int(entry[column]) for entry in entries if entry[column] != "-"}
