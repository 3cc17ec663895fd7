#include <bits/stdc++.h>
#include <cxxabi.h>
#include <unistd.h>
// Reads the calls of a Function task from standard input (sandbox/payloads.py), by the declared types, and writes frames
// of answers on descriptor 3. It judges nothing. Below it stands the candidate, in the same process.
#ifdef EFFICODER_NODES
struct ListNode {
  int val; ListNode* next;
  ListNode() : val(0), next(nullptr) {}
  ListNode(int x) : val(x), next(nullptr) {}
  ListNode(int x, ListNode* n) : val(x), next(n) {}
};
struct TreeNode {
  int val; TreeNode* left; TreeNode* right;
  TreeNode() : val(0), left(nullptr), right(nullptr) {}
  TreeNode(int x) : val(x), left(nullptr), right(nullptr) {}
  TreeNode(int x, TreeNode* l, TreeNode* r) : val(x), left(l), right(r) {}
};
#endif
namespace efficoder {
using Text = std::string;
struct Malformed {};

struct Reader {
  const char* at; const char* end;
  char peek() {
    while (at < end && (*at == ' ' || *at == '\n')) ++at;
    return at < end ? *at : 0;
  }
  bool eat(char c) { return peek() == c && ++at; }
  void want(char c) { if (!eat(c)) throw Malformed{}; }
  bool word(std::string_view text) {
    peek();
    if (std::string_view(at, end - at).substr(0, text.size()) != text) return false;
    at += text.size();
    return true;
  }
};

template <class T, class = void> struct Codec;  // "incomplete type Codec<T>": values of T are no plain data

template <> struct Codec<bool> {
  static bool get(Reader& in) { if (in.word("true")) return true; if (in.word("false")) return false; throw Malformed{}; }
  static void put(Text& out, bool value) { out += value ? "true" : "false"; }
};
template <class T>
struct Codec<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>>> {
  static T get(Reader& in) {
    in.peek();
    T value{};
    auto [next, error] = std::from_chars(in.at, in.end, value);
    if (error != std::errc()) throw Malformed{};
    in.at = next;
    return value;
  }
  static void put(Text& out, T value) { char text[24]; out.append(text, std::to_chars(text, text + 24, value).ptr - text); }
};
template <class T> struct Codec<T, std::enable_if_t<std::is_floating_point_v<T>>> {
  static T get(Reader& in) {
    if (in.word("{\"!float\":\"")) {
      T value = in.word("nan") ? T(NAN) : in.word("-inf") ? -T(INFINITY) : in.word("inf") ? T(INFINITY) : throw Malformed{};
      if (!in.word("\"}")) throw Malformed{};
      return value;
    }
    double value = 0;
    auto [next, error] = std::from_chars(in.at, in.end, value);
    if (error != std::errc()) throw Malformed{};
    in.at = next;
    return T(value);
  }
  static void put(Text& out, T value) {
    if (std::isnan(value)) { out += "{\"!float\":\"nan\"}"; return; }
    if (std::isinf(value)) { out += value > 0 ? "{\"!float\":\"inf\"}" : "{\"!float\":\"-inf\"}"; return; }
    using Written = std::conditional_t<std::is_same_v<T, float>, float, double>;
    char text[64];
    Text written(text, std::to_chars(text, text + 64, Written(value)).ptr - text);
    if (written.find_first_not_of("-0123456789") == Text::npos) written += ".0";
    if (written.find("inf") != Text::npos) written = "{\"!float\":\"" + written + "\"}";
    out += written;
  }
};

// Text is bytes. What is no UTF-8 leaves as lone surrogates, as Python reads such bytes.
inline void utf8(Text& out, unsigned code) {
  if (code < 0x80) { out += char(code); return; }
  if (code < 0x800) out += char(0xC0 | code >> 6);
  else {
    if (code < 0x10000) out += char(0xE0 | code >> 12);
    else { out += char(0xF0 | code >> 18); out += char(0x80 | (code >> 12 & 63)); }
    out += char(0x80 | (code >> 6 & 63));
  }
  out += char(0x80 | (code & 63));
}
inline unsigned hex(Reader& in) {
  unsigned value = 0;
  if (in.end - in.at < 4 || std::from_chars(in.at, in.at + 4, value, 16).ptr != in.at + 4) throw Malformed{};
  in.at += 4;
  return value;
}
inline void escaped(Text& out, unsigned code) { char text[8]; std::snprintf(text, 8, "\\u%04x", code); out += text; }
template <> struct Codec<Text> {
  static Text get(Reader& in) {
    in.want('"');
    Text out;
    while (in.at < in.end && *in.at != '"') {
      if (*in.at != '\\') { out += *in.at++; continue; }
      if (in.end - in.at < 2) throw Malformed{};
      char kind = in.at[1];
      in.at += 2;
      if (kind == 'u') {
        unsigned code = hex(in);
        if (code >= 0xD800 && code < 0xDC00 && in.word("\\u")) code = 0x10000 + ((code - 0xD800) << 10) + (hex(in) - 0xDC00);
        utf8(out, code);
      } else {
        const char* found = std::strchr("n\nt\tr\rb\bf\f", kind);
        out += found && kind >= 'b' ? found[1] : kind;
      }
    }
    in.want('"');
    return out;
  }
  static void put(Text& out, std::string_view value) {
    out += '"';
    for (size_t i = 0; i < value.size();) {
      unsigned char first = value[i];
      if (first == '"' || first == '\\') out += '\\';
      if (first >= 32 && first < 127) { out += char(first); ++i; continue; }
      size_t more = first >= 0xF0 && first < 0xF5 ? 3 : first >= 0xE0 && first < 0xF0 ? 2 : first >= 0xC2 && first < 0xE0 ? 1 : 0;
      unsigned code = more == 3 ? first & 7u : more == 2 ? first & 15u : more == 1 ? first & 31u : first;
      bool good = first < 0x80 || (more && i + more < value.size());
      for (size_t k = 1; good && k <= more; ++k) {
        unsigned char next = value[i + k];
        good = (next & 0xC0) == 0x80;
        code = code << 6 | (next & 63u);
      }
      if (!good) { escaped(out, 0xDC00 + first); ++i; continue; }
      if (code >= 0x10000) { escaped(out, 0xD800 + ((code - 0x10000) >> 10)); code = 0xDC00 + ((code - 0x10000) & 0x3FF); }
      escaped(out, code);
      i += more + 1;
    }
    out += '"';
  }
};
template <> struct Codec<std::string_view> { static void put(Text& out, std::string_view value) { Codec<Text>::put(out, value); } };
template <> struct Codec<const char*> {
  static void put(Text& out, const char* value) { if (value) Codec<Text>::put(out, value); else out += "null"; }
};
template <> struct Codec<char> {
  static char get(Reader& in) { Text text = Codec<Text>::get(in); if (text.size() != 1) throw Malformed{}; return text[0]; }
  static void put(Text& out, char value) { Codec<Text>::put(out, std::string_view(&value, 1)); }
};

// A list, or an object with one tag and a list.
template <class F> void items(Reader& in, F each) {
  bool tagged = in.eat('{');
  if (tagged) { Codec<Text>::get(in); in.want(':'); }
  in.want('[');
  if (!in.eat(']')) { do each(); while (in.eat(',')); in.want(']'); }
  if (tagged) in.want('}');
}
template <class C> void put_items(Text& out, const C& values, const char* open, const char* close) {
  out += open;
  bool first = true;
  for (const auto& value : values) { if (!first) out += ','; first = false; Codec<typename C::value_type>::put(out, value); }
  out += close;
}
template <class C> struct Sequence {
  static C get(Reader& in) { C values; items(in, [&] { values.insert(values.end(), Codec<typename C::value_type>::get(in)); }); return values; }
  static void put(Text& out, const C& values) { put_items(out, values, "[", "]"); }
};
template <class T> struct Codec<std::vector<T>> : Sequence<std::vector<T>> {};
template <class T> struct Codec<std::list<T>> : Sequence<std::list<T>> {};
template <class T> struct Codec<std::deque<T>> : Sequence<std::deque<T>> {};
template <class C> struct Set : Sequence<C> { static void put(Text& out, const C& values) { put_items(out, values, "{\"!set\":[", "]}"); } };
template <class T> struct Codec<std::set<T>> : Set<std::set<T>> {};
template <class T> struct Codec<std::unordered_set<T>> : Set<std::unordered_set<T>> {};
template <class T, size_t N> struct Codec<std::array<T, N>> {
  static std::array<T, N> get(Reader& in) {
    auto values = Codec<std::vector<T>>::get(in);
    if (values.size() != N) throw Malformed{};
    std::array<T, N> array;
    std::move(values.begin(), values.end(), array.begin());
    return array;
  }
  static void put(Text& out, const std::array<T, N>& values) { put_items(out, values, "[", "]"); }
};
template <class C> struct Map {
  using K = typename C::key_type; using V = typename C::mapped_type;
  static C get(Reader& in) {
    C map;
    items(in, [&] { in.want('['); K key = Codec<K>::get(in); in.want(','); map.emplace(std::move(key), Codec<V>::get(in)); in.want(']'); });
    return map;
  }
  static void put(Text& out, const C& map) {
    out += "{\"!dict\":[";
    bool first = true;
    for (const auto& [key, value] : map) {
      out += first ? "[" : ",[";
      first = false;
      Codec<K>::put(out, key); out += ','; Codec<V>::put(out, value); out += ']';
    }
    out += "]}";
  }
};
template <class K, class V> struct Codec<std::map<K, V>> : Map<std::map<K, V>> {};
template <class K, class V> struct Codec<std::unordered_map<K, V>> : Map<std::unordered_map<K, V>> {};
template <class... T> struct Codec<std::tuple<T...>> {
  static std::tuple<T...> get(Reader& in) {
    bool tagged = in.eat('{'), first = true;
    if (tagged) { Codec<Text>::get(in); in.want(':'); }
    in.want('[');
    std::tuple<T...> values{[&] { if (!first) in.want(','); first = false; return Codec<T>::get(in); }()...};
    in.want(']');
    if (tagged) in.want('}');
    return values;
  }
  static void put(Text& out, const std::tuple<T...>& values) {
    out += '[';
    bool first = true;
    std::apply([&](const auto&... each) { ((out += first ? "" : ",", first = false, Codec<std::decay_t<decltype(each)>>::put(out, each)), ...); }, values);
    out += ']';
  }
};
template <class A, class B> struct Codec<std::pair<A, B>> {
  static std::pair<A, B> get(Reader& in) { auto [a, b] = Codec<std::tuple<A, B>>::get(in); return {std::move(a), std::move(b)}; }
  static void put(Text& out, const std::pair<A, B>& value) { Codec<std::tuple<A, B>>::put(out, {value.first, value.second}); }
};
template <class T> struct Codec<std::optional<T>> {
  static std::optional<T> get(Reader& in) { if (in.word("null")) return {}; return Codec<T>::get(in); }
  static void put(Text& out, const std::optional<T>& value) { if (value) Codec<T>::put(out, *value); else out += "null"; }
};
#ifdef EFFICODER_NODES
template <> struct Codec<ListNode*> {
  static ListNode* get(Reader& in) {
    if (in.word("null")) return nullptr;
    ListNode* head = nullptr; ListNode** last = &head;
    items(in, [&] { *last = new ListNode(Codec<int>::get(in)); last = &(*last)->next; });
    return head;
  }
  static void put(Text& out, ListNode* node) {
    std::vector<int> values; std::unordered_set<ListNode*> seen;
    for (; node; node = node->next) { if (!seen.insert(node).second) throw std::runtime_error("the linked list is cyclic"); values.push_back(node->val); }
    Codec<std::vector<int>>::put(out, values);
  }
};
template <> struct Codec<TreeNode*> {
  static TreeNode* get(Reader& in) {
    auto values = in.word("null") ? std::vector<std::optional<int>>() : Codec<std::vector<std::optional<int>>>::get(in);
    if (values.empty() || !values[0]) return nullptr;
    TreeNode* root = new TreeNode(*values[0]);
    std::deque<TreeNode*> waiting{root};
    for (size_t at = 1; at < values.size() && !waiting.empty();) {
      TreeNode* parent = waiting.front();
      waiting.pop_front();
      for (TreeNode** side : {&parent->left, &parent->right}) {
        if (at < values.size() && values[at]) waiting.push_back(*side = new TreeNode(*values[at]));
        ++at;
      }
    }
    return root;
  }
  static void put(Text& out, TreeNode* root) {
    std::vector<std::optional<int>> values; std::unordered_set<TreeNode*> seen; std::deque<TreeNode*> waiting{root};
    while (!waiting.empty()) {
      TreeNode* node = waiting.front();
      waiting.pop_front();
      if (!node) { values.emplace_back(); continue; }
      if (!seen.insert(node).second) throw std::runtime_error("the tree is cyclic");
      values.emplace_back(node->val);
      waiting.push_back(node->left); waiting.push_back(node->right);
    }
    while (!values.empty() && !values.back()) values.pop_back();
    Codec<std::vector<std::optional<int>>>::put(out, values);
  }
};
#endif

// A call moves its arguments where the function takes them so, and hands them over by reference where it does not.
template <class F, class A> decltype(auto) apply(F function, A& arguments) {
  return std::apply([&](auto&... each) -> decltype(auto) {
    if constexpr (std::is_invocable_v<F, decltype(std::move(each))...>) return function(std::move(each)...);
    else return function(each...);
  }, arguments);
}
template <class F, class A> void efficoder_called(F function, A& arguments, Text& out) {
  using Result = decltype(apply(function, arguments));
  if constexpr (std::is_void_v<Result>) { apply(function, arguments); out += "null"; }
  else Codec<std::decay_t<Result>>::put(out, apply(function, arguments));
}

class Sha256 {  // FIPS 180-4
  uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  unsigned char block[64]; uint64_t size = 0;
  static uint32_t turned(uint32_t x, int n) { return x >> n | x << (32 - n); }
  static uint32_t root(int n, int power) {  // 32 bits of the fraction of the n-th prime's root: the constants
    static const auto primes = [] { std::array<int, 64> found{}; int count = 0; for (int p = 2; count < 64; ++p) { bool prime = true; for (int k = 0; k < count && prime; ++k) prime = p % found[k]; if (prime) found[count++] = p; } return found; }();
    long double whole = power == 3 ? cbrtl((long double)primes[n]) : sqrtl((long double)primes[n]);
    return uint32_t((whole - floorl(whole)) * 4294967296.0L);
  }
  void mix() {
    static const auto constants = [] { std::array<uint32_t, 64> found; for (int i = 0; i < 64; ++i) found[i] = root(i, 3); return found; }();
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; ++i) w[i] = uint32_t(block[4 * i]) << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; ++i)
      w[i] = w[i - 16] + w[i - 7] + (turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ w[i - 15] >> 3) + (turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ w[i - 2] >> 10);
    std::copy(state, state + 8, v);
    for (int i = 0; i < 64; ++i) {
      uint32_t a = v[7] + (turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
      uint32_t b = (turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      std::copy_backward(v, v + 7, v + 8);
      v[4] += a; v[0] = a + b;
    }
    for (int i = 0; i < 8; ++i) state[i] += v[i];
  }
 public:
  void add(std::string_view text) { for (unsigned char c : text) { block[size++ % 64] = c; if (size % 64 == 0) mix(); } }
  void add_size(uint64_t n) { char text[8]; std::memcpy(text, &n, 8); add({text, 8}); }
  Text end() {
    uint64_t bits = size * 8;
    add({"\x80", 1});
    while (size % 64 != 56) add({"\0", 1});
    for (int shift = 56; shift >= 0; shift -= 8) { char c = char(bits >> shift); add({&c, 1}); }
    Text out;
    for (uint32_t word : state) for (int shift = 24; shift >= 0; shift -= 8) out += char(word >> shift);
    return out;
  }
};

inline void frame(char letter, std::string_view payload) {
  Text whole(5, letter);
  uint32_t size = payload.size();
  std::memcpy(&whole[1], &size, 4);
  whole += payload;
  for (size_t done = 0; done < whole.size();) {
    ssize_t more = write(3, whole.data() + done, whole.size() - done);
    if (more <= 0) _exit(1);
    done += more;
  }
}
[[noreturn]] inline void ended(const Text& why) { frame('X', why); _exit(1); }

template <class Arguments> struct Input { bool several = false, fits = true; std::vector<Arguments> calls; };
template <class Arguments> std::vector<Input<Arguments>> inputs(const Text& data) {
  auto number = [&](size_t at) { uint64_t n; std::memcpy(&n, &data[at], 8); return n; };
  uint64_t count = number(0), at = 8 + 8 * count;
  std::vector<Input<Arguments>> found(count);
  for (uint64_t i = 0; i < count; at += number(8 + 8 * i++)) {
    Reader in{&data[at], &data[at] + number(8 + 8 * i)};
    found[i].several = in.peek() == '{';
    auto one = [&] { found[i].calls.push_back(Codec<Arguments>::get(in)); };
    try { if (found[i].several) items(in, one); else one(); } catch (Malformed&) { found[i].fits = false; }
  }
  return found;
}
template <class Arguments> int serve(int argc, char** argv, bool calls, void (*call)(Arguments&, Text&)) {
  if (argc < 4) return 1;
  int loops = std::atoi(argv[1]);
  bool keep = std::atoi(argv[2]);
  long long room = std::atoll(argv[3]);
  Text data; char buffer[1 << 16];
  for (ssize_t more; (more = read(0, buffer, sizeof buffer)) > 0;) data.append(buffer, more);
  std::vector<std::vector<Input<Arguments>>> all;
  try { for (int loop = 0; loop < loops; ++loop) all.push_back(inputs<Arguments>(data)); }
  catch (std::bad_alloc&) { ended("mstd::bad_alloc"); }
  try {
    for (auto& loop : all) {
      if (!calls) continue;
      Sha256 digest;
      for (auto& input : loop) {
        if (!input.fits) ended("ethe input does not fit the signature");
        Text out = input.several ? "[" : "";
        for (size_t i = 0; i < input.calls.size(); ++i) { if (i) out += ','; call(input.calls[i], out); }
        if (input.several) out += ']';
        if (!keep) { digest.add_size(out.size()); digest.add(out); continue; }
        room -= (long long)out.size() + 5;
        if (room < 0) ended("rthe results are larger than the output limit");
        frame('R', out);
      }
      if (!keep) frame('R', digest.end());
    }
  }
  catch (std::bad_alloc&) { ended("mstd::bad_alloc"); }
  catch (std::exception& error) {
    int status; char* name = abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &status);
    ended(Text("e") + (name ? name : "exception") + ": " + error.what());
  }
  catch (...) { ended("ean exception that is no std::exception"); }
  frame('E', "");
  _exit(0);
}
}  // namespace efficoder
