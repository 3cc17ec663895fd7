"""Programs that a runtime reads, in both tiers: what they may do, and what they say and cost."""

import pytest

import javascript
from efficoder.sandbox import Limits, Sandbox
from javascript import text

pytestmark = javascript.needs_node
SHORT = Limits(cpu_s=1.0, wall_s=20.0, memory_bytes=256 << 20, output_bytes=1 << 20)
_HELLO = text("console.log(2 * require('fs').readFileSync(0, 'utf8'))")


@pytest.mark.parametrize(
    "code",
    [
        "console.log(require('fs').readFileSync(0, 'utf8').length)",
        "console.log(require('fs').readFileSync('/dev/stdin').toString().length)",
        "console.log(require('fs').readFileSync(require('fs').openSync('/dev/stdin'), 'utf8').length)",
        "require('fs').readFile('/dev/stdin', 'utf8', (_, text) => console.log(text.length))",
        "require('fs').createReadStream('/dev/stdin', 'utf8').on('data', text => console.log(text.length))",
        "require('fs').promises.readFile('/dev/stdin', 'utf8').then(text => console.log(text.length))",
        "let all = ''; process.stdin.on('data', part => all += part).on('end', () => console.log(all.length))",
        "const read = require('readline').createInterface({ input: process.stdin }); let n = 0;"
        "read.on('line', line => n += line.length + 1).on('close', () => console.log(n))",
        "import { readFileSync } from 'fs';\nconst text = await Promise.resolve(readFileSync(0, 'utf8'));"
        "console.log(text.length)",
        "(async () => { let n = 0; for await (const part of process.stdin) n += part.length; console.log(n); })()",
    ],
)
def test_the_ways_to_read_standard_input(sandbox: Sandbox, code: str) -> None:
    outcome = sandbox.run(text(code), ["12\n345\n"])
    assert (outcome.ended, outcome.outputs) == ("finished", (b"7\n",)), outcome


def test_bytes_come_and_go_as_they_are_and_output_is_whole(sandbox: Sandbox) -> None:
    copied = text("process.stdout.write(require('fs').readFileSync(0))")
    assert sandbox.run(copied, ["a\r\n\udcfe\0é"]).outputs == (b"a\r\n\xfe\x00\xc3\xa9",)
    much = text("console.log('x'.repeat(5e6)); process.exit(0)")
    assert len(sandbox.run(much, [""]).outputs[0]) == 5_000_001
    assert sandbox.run(text(""), ["anything"]).ended == "finished"


@pytest.mark.parametrize(
    ("code", "ended", "detail"),
    [
        ("process.exit(3)", "error", "exit status 3"),
        ("console.log(42); process.abort()", "error", "crashed"),
        ("console.log(42); throw new TypeError('no')", "error", "TypeError: no"),
        ("Promise.reject(new RangeError('no'))", "error", "RangeError: no"),
        ("const f = () => f() + 1; f()", "error", "RangeError: Maximum call stack size exceeded"),
        ("throw 5", "error", "exit status 1"),
        ("for (;;);", "timeout", "of CPU time"),
        ("const turn = () => Promise.resolve().then(turn); turn()", "timeout", "of CPU time"),
        ("const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1))", "memory", "memory"),
        ("const all = []; for (;;) all.push({ a: [all.length] })", "memory", "memory"),
        ("for (;;) process.stdout.write('x'.repeat(1 << 16))", "killed", "output"),
        ("for (;;) process.stderr.write('x'.repeat(1 << 16))", "killed", "output"),
        ("let x = ;", "compile_error", "solution.js:1: error: Unexpected token ';'"),
        ("import x from 'nowhere'; console.log(1)", "error", "nowhere"),
        ("require('nowhere')", "error", "Cannot find module 'nowhere'"),
    ],
)
def test_how_it_ends(sandbox: Sandbox, code: str, ended: str, detail: str) -> None:
    limits = SHORT.within(12.0) if ended == "memory" else SHORT
    outcome = sandbox.run(text(code), [""], limits)
    assert (outcome.ended, detail in outcome.detail) == (ended, True), outcome
    assert sandbox.run(_HELLO, ["4"]).outputs == (b"8\n",)


def test_sleepers_end_at_the_wall_limit(sandbox: Sandbox) -> None:
    limits = Limits(cpu_s=1.0, wall_s=1.5)
    assert sandbox.run(text("setInterval(() => {}, 1e6)"), [""], limits).ended == "timeout"
    assert (
        sandbox.run(text("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)"), [""], limits).ended
        == "timeout"
    )


_ATTACKS = {
    "spawn": "child('spawnSync', ['/bin/true'])",
    "shell": "child('execSync', ['true'])",
    "its own file": "child('spawnSync', [process.execPath, ['-e', '1']])",
    "host file": "fs.readFileSync('/etc/passwd')",
    "processes": "fs.readdirSync('/proc').length || none()",
    "home": "fs.readdirSync('/home')",
    "cache": "fs.readdirSync('/root/.cache')",
    "write a library": "fs.writeFileSync('/usr/lib/attack', 'x')",
    "write the root": "fs.writeFileSync('/attack', 'x')",
    "kill everyone": "process.kill(-1, 9)",
    "kill the parent": "process.kill(process.ppid || 1, 9)",
    "other user": "process.setuid(0) || process.getuid() && none()",
    "load a library": "process.dlopen({ exports: {} }, '/tmp/attack.node')",
    "the program's descriptor": "fs.readSync(4, Buffer.alloc(8), 0, 8, 0)",
    "a written descriptor": "fs.writeSync(0, 'x')",
    "link": "fs.symlinkSync('/etc/passwd', '/tmp/link')",
    "mode": "fs.chmodSync('/tmp', 0o777)",
}


def test_no_way_out(sandbox: Sandbox) -> None:
    tries = "".join(f"tried({name!r}, () => {call});\n" for name, call in _ATTACKS.items())
    program = text(
        "const fs = require('fs'), none = () => { throw 1; };\n"
        "const child = (name, words) => { const done = require('child_process')[name](...words); "
        "if (done.error) throw done.error; };\n"
        "const tried = (name, call) => { try { call(); console.log(name); } catch { /* denied */ } };\n"
        f"{tries}console.log('done');"
    )
    zygote = sandbox.zygote
    outcome = sandbox.run(program, [""], SHORT)
    assert (outcome.ended, outcome.outputs) == ("finished", (b"done\n",)), outcome
    assert sandbox.zygote == zygote


def test_no_network(sandbox: Sandbox) -> None:
    program = text(
        "const net = require('net'), said = word => console.log(word);\n"
        "net.connect(80, '127.0.0.1').on('connect', () => said('connected')).on('error', () => said('no'));\n"
        "net.createServer().on('error', () => said('no')).listen(0, () => said('listening'));"
    )
    assert sandbox.run(program, [""], SHORT).outputs == (b"no\nno\n",)


def test_workers_run_count_and_are_bounded(sandbox: Sandbox) -> None:
    worker = "const { Worker } = require('worker_threads');\n"
    turn = "for (let i = 0, n = 0; i < 3e8; ++i) n += i;"
    one = sandbox.run(text(f"{worker}new Worker(`{turn}`, {{ eval: true }})"), [""])
    assert one.ended == "finished", one
    endless = text(f"{worker}for (let i = 0; i < 3; ++i) new Worker('for (;;);', {{ eval: true }})")
    assert sandbox.run(endless, [""], SHORT).ended == "timeout"
    bomb = text(f"{worker}for (let i = 0; i < 3000; ++i) new Worker('setInterval(() => {{}}, 1e6)', {{ eval: true }})")
    assert sandbox.run(bomb, [""], SHORT.within(8.0)).ended in {"error", "timeout", "memory"}
    assert sandbox.run(_HELLO, ["2"]).outputs == (b"4\n",)


def test_it_leaves_no_file_for_the_next(sandbox: Sandbox) -> None:
    sandbox.run(text("require('fs').writeFileSync('/tmp/note', 'x')"), [""])
    assert sandbox.run(text("console.log(require('fs').existsSync('/tmp/note'))"), [""]).outputs == (b"false\n",)


def test_descriptors_and_environment_are_the_programs_own(sandbox: Sandbox) -> None:
    names = text("console.log(Object.keys(process.env).sort().join(), process.argv.length, process.execArgv.length)")
    assert sandbox.run(names, [""]).outputs == (b"LC_ALL,OPENSSL_CONF 2 0\n",)


@pytest.mark.measured
def test_the_peak_grows_with_what_it_holds(sandbox: Sandbox) -> None:
    peaks = [
        sandbox.run(text(f"const b = Buffer.alloc({size} << 20, 1); for (let i = 0; i < 5e7; ++i); b[5]"), [""],
                    sample_memory=True).peak_bytes
        for size in (2, 62)
    ]  # fmt: skip
    assert (55 << 20) < peaks[1] - peaks[0] < (65 << 20)
