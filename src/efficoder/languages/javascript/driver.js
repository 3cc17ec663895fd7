'use strict';
// Runs the program in descriptor 4: a program on a text as it is; of a Function the calls on standard input
// (sandbox/payloads.py), whose answers it writes as frames on descriptor 3. It judges nothing. The candidate lives in the
// same process and may change all that is here; it then changes its own answers.
{
  const fs = require('fs'), Module = require('module'), vm = require('vm');
  const { readFileSync, writeSync } = fs, exit = process.reallyExit.bind(process);
  const { parse, stringify } = JSON, { isArray } = Array, { entries, fromEntries, getPrototypeOf, prototype: plain } = Object;
  const { isInteger, isFinite, isSafeInteger } = Number, { is } = Object, { isView } = ArrayBuffer;
  const Bytes = Buffer, Sets = Set, Maps = Map, big = BigInt, NAME = '/solution.js';

  // Without /proc there is no such file.
  const STDIN = '/dev/stdin';
  const stdin = (name, other) => { const real = fs[name]; fs[name] = (path, ...more) => path === STDIN ? other(real, more) : real(path, ...more); };
  stdin('readFileSync', (real, more) => real(0, ...more));
  stdin('readFile', (real, more) => real(0, ...more));
  stdin('openSync', () => 0);
  stdin('createReadStream', (real, [given]) => real('', { ...(typeof given === 'string' ? { encoding: given } : given), fd: 0 }));
  const { readFile } = fs.promises;
  fs.promises.readFile = async (path, ...more) => path === STDIN ? readFileSync(0, ...more) : readFile(path, ...more);

  const solution = () => {
    const module = new Module('.');
    module.filename = NAME;
    module.paths = [];
    return process.mainModule = module;
  };
  // A fresh scope for each call of what comes back.
  const compiled = (text, lineOffset) =>
    vm.compileFunction(text, ['exports', 'require', 'module', '__filename', '__dirname'], { filename: NAME, lineOffset });
  const begin = (program, module) =>
    Reflect.apply(program, module.exports, [module.exports, Object.assign(Module.createRequire(NAME), { main: module }), module, NAME, '/']);

  // ---- nodes
  function ListNode(val, next) { this.val = val === undefined ? 0 : val; this.next = next === undefined ? null : next; }
  function TreeNode(val, left, right) {
    this.val = val === undefined ? 0 : val;
    this.left = left === undefined ? null : left;
    this.right = right === undefined ? null : right;
  }
  const built = {
    plain: value => value,
    ListNode(values) {
      let head = null;
      for (let i = values ? values.length - 1 : -1; i >= 0; --i) head = new ListNode(values[i], head);
      return head;
    },
    TreeNode(values) {
      if (!values || !values.length || values[0] === null) return null;
      const root = new TreeNode(values[0]), waiting = [root];
      for (let at = 1, parent = 0; at < values.length; ++parent) {
        for (const side of ['left', 'right']) {
          if (at < values.length && values[at] !== null) waiting.push(waiting[parent][side] = new TreeNode(values[at]));
          ++at;
        }
      }
      return root;
    },
  };
  const once = (seen, node) => { if (seen.has(node)) throw new Refused('the nodes are cyclic'); seen.add(node); };
  const flat = {
    plain: value => value,
    ListNode(node) {
      const values = [], seen = new Sets();
      for (; node; node = node.next) { once(seen, node); values.push(node.val); }
      return values;
    },
    TreeNode(root) {
      const values = [], waiting = [root], seen = new Sets();
      for (let at = 0; at < waiting.length; ++at) {
        const node = waiting[at];
        if (!node) { values.push(null); continue; }
        once(seen, node);
        values.push(node.val);
        waiting.push(node.left, node.right);
      }
      while (values.length && values[values.length - 1] === null) values.pop();
      return values;
    },
  };

  // ---- wire text (wire.py)
  class Refused extends Error {}
  const MOST_NESTED = 900;  // what holds itself is nested without end
  const read = value => {
    if (isArray(value)) return value.map(read);
    if (value === null || typeof value !== 'object') return value;
    const [[tag, body]] = entries(value);
    switch (tag) {
      case '!tuple': return body.map(read);
      case '!set': case '!frozenset': return new Sets(body.map(read));
      case '!float': return body === 'nan' ? NaN : body === 'inf' ? Infinity : -Infinity;
    }
    const pairs = body.map(([key, item]) => [read(key), read(item)]);
    return pairs.every(([key]) => typeof key === 'string') ? fromEntries(pairs) : new Maps(pairs);
  };
  const number = value =>
    isSafeInteger(value) ? is(value, -0) ? '-0.0' : `${value}`
      : isInteger(value) ? `${value}${value < 1e21 && value > -1e21 ? '.0' : ''}`
        : isFinite(value) ? `${value}` : `{"!float":"${value !== value ? 'nan' : value > 0 ? 'inf' : '-inf'}"}`;
  const whole = value => {
    const digits = (value < 0n ? -value : value).toString(16);
    return digits.length < 1000 ? `${value}` : `{"!int":"${value < 0n ? '-' : ''}0x${digits}"}`;
  };
  let room = 0;
  const fits = size => { if (size > room) throw new Refused('the results are larger than the output limit'); };
  const list = (open, length, item, close) => {
    let out = open;
    fits(length);
    for (let i = 0; i < length; ++i) {
      out += (i ? ',' : '') + item(i);
      fits(out.length);
    }
    return out + close;
  };
  const written = (value, depth = 0) => {
    switch (typeof value) {
      case 'string': return stringify(value);
      case 'number': return number(value);
      case 'boolean': return value ? 'true' : 'false';
      case 'undefined': return 'null';
      case 'bigint': return whole(value);
      case 'object': break;
      default: throw new Refused(`a ${typeof value} is not plain data`);
    }
    if (value === null) return 'null';
    if (depth > MOST_NESTED) throw new Refused('the result is nested too deeply');
    const inner = item => written(item, depth + 1);
    if (isArray(value) || (isView(value) && !(value instanceof DataView))) return list('[', value.length, i => inner(value[i]), ']');
    if (value instanceof Sets) {
      const items = [...value];
      return list('{"!set":[', items.length, i => inner(items[i]), ']}');
    }
    const kind = getPrototypeOf(value), isMap = value instanceof Maps;
    if (!isMap && kind !== plain && kind !== null) throw new Refused('an object of a class is not plain data');
    const pairs = isMap ? [...value] : entries(value);
    return list('{"!dict":[', pairs.length, i => `[${inner(pairs[i][0])},${inner(pairs[i][1])}]`, ']}');
  };

  const frame = (letter, payload) => {
    const head = Bytes.from(`${letter}....`, 'latin1');
    head.writeUInt32LE(payload.length, 1);
    const all = Bytes.concat([head, payload]);
    for (let done = 0; done < all.length;) done += writeSync(3, all, done);
  };

  const inputs = (data, codecs) => {
    const found = [], count = Number(data.readBigUInt64LE(0));
    for (let i = 0, at = 8 + 8 * count; i < count; ++i) {
      const end = at + Number(data.readBigUInt64LE(8 + 8 * i)), value = parse(data.latin1Slice(at, end));
      const calls = (isArray(value) ? [value] : value['!tuple']).map(read);
      for (const given of calls) codecs.forEach((codec, k) => { if (k < given.length) given[k] = built[codec](given[k]); });
      found.push({ several: !isArray(value), calls });
      at = end;
    }
    return found;
  };

  const serve = ({ codecs, returns, above }, text) => {
    const [loops, keep] = [+process.argv[2], process.argv[3] === '1'];
    room = +process.argv[4];
    process.argv.length = 2;
    const program = compiled(text, -above), data = readFileSync(0), { createHash } = keep ? {} : require('crypto');
    if ([...codecs, returns].some(codec => codec !== 'plain')) Object.assign(globalThis, { ListNode, TreeNode });
    const passes = [], size = Bytes.alloc(8);
    for (let loop = 0; loop < loops; ++loop) passes.push(inputs(data, codecs));
    for (let loop = 0; loop < loops; ++loop) {
      const entry = begin(program, solution());
      if (entry === null) break;  // the empty program
      if (typeof entry !== 'function') throw new TypeError('it defines no such function');
      const digest = keep ? null : createHash('sha256');
      for (let i = 0; i < passes[loop].length; ++i) {
        const { several, calls } = passes[loop][i];
        const one = k => written(flat[returns](Reflect.apply(entry, undefined, calls[k])));
        const payload = Bytes.from(several ? list('[', calls.length, one, ']') : one(0));
        passes[loop][i] = null;
        if (keep) {
          fits(payload.length + 5);
          room -= payload.length + 5;
          frame('R', payload);
        } else {
          size.writeBigUInt64LE(big(payload.length));
          digest.update(size).update(payload);
        }
      }
      if (!keep) frame('R', digest.digest());
    }
  };

  const how = error => {
    let words = 'an exception', line = '';
    try { words = error instanceof Refused ? error.message : `${error}`; } catch { /* its own toString */ }
    try { line = ` (line ${/solution\.js:(\d+)/.exec(error.stack)[1]})`; } catch { /* it says none */ }
    return (error instanceof Refused ? 'r' : words.startsWith('RangeError: Array buffer allocation failed') ? 'm' : 'e') + words.slice(0, 1900) + line;
  };

  const file = readFileSync(4, 'utf8'), cut = file.indexOf('\n') + 1, settings = parse(file.slice(0, cut)), text = file.slice(cut);
  fs.closeSync(4);
  process.argv.splice(1, 0, NAME);
  process.execArgv = [];
  if (settings.codecs) {
    try { serve(settings, text); } catch (error) { frame('X', Bytes.from(how(error))); exit(1); }
    frame('E', Bytes.from(''));
    exit(0);
  }
  if (settings.module) import(`data:text/javascript;base64,${Bytes.from(text).toString('base64')}`);
  else begin(compiled(text, -settings.above), solution());
}
