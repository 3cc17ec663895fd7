package efficoder

// Reads the calls of a Function task from standard input (sandbox/payloads.py), by the declared types, and writes frames
// of answers on descriptor 3. It judges nothing. The candidate is a package beside it, in the same process.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"runtime/debug"
	"sort"
	"strconv"
	"unicode/utf8"
)

type malformed struct{}

type reader struct {
	data []byte
	at   int
}

func (in *reader) peek() byte {
	for in.at < len(in.data) && (in.data[in.at] == ' ' || in.data[in.at] == '\n') {
		in.at++
	}
	if in.at < len(in.data) {
		return in.data[in.at]
	}
	return 0
}

func (in *reader) eat(letter byte) bool {
	if in.peek() != letter {
		return false
	}
	in.at++
	return true
}

func (in *reader) want(letter byte) {
	if !in.eat(letter) {
		panic(malformed{})
	}
}

func (in *reader) word(text string) bool {
	in.peek()
	if !bytes.HasPrefix(in.data[in.at:], []byte(text)) {
		return false
	}
	in.at += len(text)
	return true
}

func (in *reader) number() string {
	in.peek()
	begin := in.at
	for in.at < len(in.data) && bytes.IndexByte([]byte("+-0123456789.eE"), in.data[in.at]) >= 0 {
		in.at++
	}
	return string(in.data[begin:in.at])
}

func (in *reader) next() byte {
	if in.at >= len(in.data) {
		panic(malformed{})
	}
	in.at++
	return in.data[in.at-1]
}

func (in *reader) hex() rune {
	if in.at+4 > len(in.data) {
		panic(malformed{})
	}
	code, err := strconv.ParseUint(string(in.data[in.at:in.at+4]), 16, 32)
	in.at += 4
	good(err)
	return rune(code)
}

func (in *reader) text() string {
	in.want('"')
	var out []byte
	for {
		letter := in.next()
		if letter == '"' {
			return string(out)
		}
		if letter != '\\' {
			out = append(out, letter)
			continue
		}
		switch letter = in.next(); letter {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			code := in.hex()
			if code >= 0xD800 && code < 0xDC00 && in.word("\\u") {
				code = 0x10000 + (code-0xD800)<<10 + in.hex() - 0xDC00
			}
			out = utf8.AppendRune(out, code)
		default:
			out = append(out, letter)
		}
	}
}

// A list, or an object with one tag and a list.
func (in *reader) items(each func()) {
	tagged := in.eat('{')
	if tagged {
		in.text()
		in.want(':')
	}
	in.want('[')
	if !in.eat(']') {
		for each(); in.eat(','); {
			each()
		}
		in.want(']')
	}
	if tagged {
		in.want('}')
	}
}

func good(err error) {
	if err != nil {
		panic(malformed{})
	}
}

func (in *reader) value(into reflect.Value) {
	kind := into.Type()
	switch kind.Kind() {
	case reflect.Bool:
		truth := in.word("true")
		if !truth && !in.word("false") {
			panic(malformed{})
		}
		into.SetBool(truth)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if kind.Kind() == reflect.Int32 && in.peek() == '"' {
			letters := []rune(in.text())
			if len(letters) != 1 {
				panic(malformed{})
			}
			into.SetInt(int64(letters[0]))
			return
		}
		number, err := strconv.ParseInt(in.number(), 10, kind.Bits())
		good(err)
		into.SetInt(number)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if kind.Kind() == reflect.Uint8 && in.peek() == '"' {
			text := in.text()
			if len(text) != 1 {
				panic(malformed{})
			}
			into.SetUint(uint64(text[0]))
			return
		}
		number, err := strconv.ParseUint(in.number(), 10, kind.Bits())
		good(err)
		into.SetUint(number)
	case reflect.Float32, reflect.Float64:
		text := ""
		if in.word("{\"!float\":") {
			text = in.text()
			in.want('}')
		} else {
			text = in.number()
		}
		number, err := strconv.ParseFloat(text, kind.Bits())
		good(err)
		into.SetFloat(number)
	case reflect.String:
		into.SetString(in.text())
	case reflect.Slice:
		values := reflect.MakeSlice(kind, 0, 0)
		in.items(func() {
			item := reflect.New(kind.Elem()).Elem()
			in.value(item)
			values = reflect.Append(values, item)
		})
		into.Set(values)
	case reflect.Array:
		count := 0
		in.items(func() {
			if count == kind.Len() {
				panic(malformed{})
			}
			in.value(into.Index(count))
			count++
		})
		if count != kind.Len() {
			panic(malformed{})
		}
	case reflect.Map:
		values := reflect.MakeMap(kind)
		in.items(func() {
			key, item := reflect.New(kind.Key()).Elem(), reflect.New(kind.Elem()).Elem()
			in.want('[')
			in.value(key)
			in.want(',')
			in.value(item)
			in.want(']')
			values.SetMapIndex(key, item)
		})
		into.Set(values)
	case reflect.Ptr:
		in.nodes(into)
	case reflect.Struct: // the arguments
		in.want('[')
		for place := 0; place < into.NumField(); place++ {
			if place > 0 {
				in.want(',')
			}
			in.value(into.Field(place))
		}
		in.want(']')
	}
}

// Linked nodes from their values, level by level.
func (in *reader) nodes(into reflect.Value) {
	if in.word("null") {
		return
	}
	waiting, first := []reflect.Value{}, true
	sides, side := []string{"Next"}, 0
	if _, tree := into.Type().Elem().FieldByName("Left"); tree {
		sides = []string{"Left", "Right"}
	}
	in.items(func() {
		place := into
		if !first {
			if len(waiting) == 0 {
				panic(malformed{})
			}
			place = waiting[0].FieldByName(sides[side])
			if side++; side == len(sides) {
				waiting, side = waiting[1:], 0
			}
		}
		first = false
		if in.word("null") {
			return
		}
		made := reflect.New(into.Type().Elem())
		in.value(made.Elem().FieldByName("Val"))
		place.Set(made)
		waiting = append(waiting, made.Elem())
	})
}

type writer struct {
	out                []byte
	bytes, runes       bool
}

func (to *writer) put(text string) { to.out = append(to.out, text...) }

func (to *writer) text(text string) {
	to.put("\"")
	for len(text) > 0 {
		letter, size := utf8.DecodeRuneInString(text)
		switch {
		case letter == utf8.RuneError && size == 1: // as Python reads such bytes
			to.put(fmt.Sprintf("\\u%04x", 0xDC00+int(text[0])))
		case letter == '"' || letter == '\\':
			to.out = append(to.out, '\\', byte(letter))
		case letter >= 32 && letter < 127:
			to.out = append(to.out, byte(letter))
		case letter >= 0x10000:
			to.put(fmt.Sprintf("\\u%04x\\u%04x", 0xD800+(letter-0x10000)>>10, 0xDC00+(letter-0x10000)&0x3FF))
		default:
			to.put(fmt.Sprintf("\\u%04x", letter))
		}
		text = text[size:]
	}
	to.put("\"")
}

func (to *writer) float(number float64, bits int) {
	switch {
	case math.IsNaN(number):
		to.put("{\"!float\":\"nan\"}")
	case math.IsInf(number, 1):
		to.put("{\"!float\":\"inf\"}")
	case math.IsInf(number, -1):
		to.put("{\"!float\":\"-inf\"}")
	default:
		text := strconv.FormatFloat(number, 'g', -1, bits)
		if bytes.IndexAny([]byte(text), ".e") < 0 {
			text += ".0"
		}
		to.put(text)
	}
}

func (to *writer) list(count int, each func(int)) {
	to.put("[")
	for place := 0; place < count; place++ {
		if place > 0 {
			to.put(",")
		}
		each(place)
	}
	to.put("]")
}

func (to *writer) value(value reflect.Value) {
	switch value.Kind() {
	case reflect.Bool:
		to.out = strconv.AppendBool(to.out, value.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if to.runes && value.Kind() == reflect.Int32 {
			to.text(string(rune(value.Int())))
			return
		}
		to.out = strconv.AppendInt(to.out, value.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if to.bytes && value.Kind() == reflect.Uint8 {
			to.text(string([]byte{byte(value.Uint())}))
			return
		}
		to.out = strconv.AppendUint(to.out, value.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		to.float(value.Float(), value.Type().Bits())
	case reflect.String:
		to.text(value.String())
	case reflect.Slice, reflect.Array:
		to.list(value.Len(), func(place int) { to.value(value.Index(place)) })
	case reflect.Map:
		to.pairs(value)
	case reflect.Ptr:
		to.nodes(value)
	case reflect.Interface:
		if value.IsNil() {
			to.put("null")
		} else {
			to.value(value.Elem())
		}
	default:
		panic(refused{"a value of type " + value.Type().String() + " is not plain data"})
	}
}

// Sorted, so that equal maps are equal text.
func (to *writer) pairs(value reflect.Value) {
	var texts []string
	for _, key := range value.MapKeys() {
		one := writer{bytes: to.bytes, runes: to.runes}
		one.put("[")
		one.value(key)
		one.put(",")
		one.value(value.MapIndex(key))
		one.put("]")
		texts = append(texts, string(one.out))
	}
	sort.Strings(texts)
	to.put("{\"!dict\":")
	to.list(len(texts), func(place int) { to.put(texts[place]) })
	to.put("}")
}

func (to *writer) nodes(value reflect.Value) {
	if value.Type().Elem().Kind() != reflect.Struct || !value.Type().Elem().Field(0).Type.ConvertibleTo(reflect.TypeOf(0)) {
		panic(refused{"a value of type " + value.Type().String() + " is not plain data"})
	}
	sides := []string{"Next"}
	if _, tree := value.Type().Elem().FieldByName("Left"); tree {
		sides = []string{"Left", "Right"}
	}
	var texts []string
	last, seen := 0, map[uintptr]bool{}
	for waiting := []reflect.Value{value}; len(waiting) > 0; waiting = waiting[1:] {
		node := waiting[0]
		if node.IsNil() {
			texts = append(texts, "null")
			continue
		}
		if seen[node.Pointer()] {
			panic("the nodes are cyclic")
		}
		seen[node.Pointer()] = true
		texts = append(texts, strconv.FormatInt(node.Elem().FieldByName("Val").Int(), 10))
		last = len(texts)
		for _, side := range sides {
			waiting = append(waiting, node.Elem().FieldByName(side))
		}
	}
	to.list(last, func(place int) { to.put(texts[place]) })
}

var answers = os.NewFile(3, "answers")

func frame(letter byte, payload []byte) {
	whole := binary.LittleEndian.AppendUint32([]byte{letter}, uint32(len(payload)))
	if _, err := answers.Write(append(whole, payload...)); err != nil {
		os.Exit(1)
	}
}

func ended(why string) {
	frame('X', []byte(why))
	os.Exit(1)
}

type refused struct{ why string }

type input[A any] struct {
	several, fits bool
	calls         []A
}

func read[A any](text []byte) (made input[A]) {
	in := &reader{data: text}
	defer func() {
		if problem := recover(); problem != nil {
			if _, known := problem.(malformed); !known {
				panic(problem)
			}
			made.fits = false
		}
	}()
	one := func() {
		var given A
		in.value(reflect.ValueOf(&given).Elem())
		made.calls = append(made.calls, given)
	}
	made.several, made.fits = in.peek() == '{', true
	if made.several {
		in.items(one)
	} else {
		one()
	}
	return made
}

func inputs[A any](data []byte) (all []input[A]) {
	number := func(place uint64) uint64 { return binary.LittleEndian.Uint64(data[8*place:]) }
	count := number(0)
	at := 8 + 8*count
	for place := uint64(1); place <= count; place++ {
		all = append(all, read[A](data[at:at+number(place)]))
		at += number(place)
	}
	return all
}

func answer[A any](given input[A], to *writer, call func(*A) []any) {
	defer func() {
		switch problem := recover().(type) {
		case nil:
		case refused:
			ended("r" + problem.why)
		default:
			ended(fmt.Sprintf("epanic: %v", problem))
		}
	}()
	if !given.fits {
		ended("ethe input does not fit the signature")
	}
	one := func(place int) {
		results := call(&given.calls[place])
		if len(results) == 1 {
			to.value(reflect.ValueOf(&results[0]).Elem())
		} else if results == nil || len(results) == 0 {
			to.put("null")
		} else {
			to.list(len(results), func(place int) { to.value(reflect.ValueOf(&results[place]).Elem()) })
		}
	}
	if given.several {
		to.list(len(given.calls), one)
	} else {
		one(0)
	}
}

func Serve[A any](calls, bytes, runes bool, call func(*A) []any) {
	// A stack doubles, and the next one beside it has to fit the usual limit of memory: endless recursion then ends as such.
	debug.SetMaxStack(400 << 20)
	var settings [3]int
	for place := range settings {
		settings[place], _ = strconv.Atoi(os.Args[1+place])
	}
	loops, keep, room := settings[0], settings[1] != 0, settings[2]
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		os.Exit(1)
	}
	var all [][]input[A]
	for loop := 0; loop < loops; loop++ {
		all = append(all, inputs[A](data))
	}
	for _, loop := range all {
		if !calls {
			break
		}
		digest := sha256.New()
		for _, given := range loop {
			to := writer{bytes: bytes, runes: runes}
			answer(given, &to, call)
			if !keep {
				digest.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(to.out))))
				digest.Write(to.out)
				continue
			}
			if room -= len(to.out) + 5; room < 0 {
				ended("rthe results are larger than the output limit")
			}
			frame('R', to.out)
		}
		if !keep {
			frame('R', digest.Sum(nil))
		}
	}
	frame('E', nil)
	os.Exit(0)
}
