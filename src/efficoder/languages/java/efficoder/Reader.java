package efficoder;

/** Wire text (wire.py), read from left to right. It is ours, and fits the types that it is read by. */
final class Reader {
  private final byte[] data;
  private final int end;
  private int at;

  Reader(byte[] data, int at, int end) {
    this.data = data;
    this.at = at;
    this.end = end;
  }

  char peek() {
    while (at < end && (data[at] == ' ' || data[at] == '\n')) ++at;
    return at < end ? (char) data[at] : 0;
  }

  boolean eat(char c) {
    if (peek() != c) return false;
    ++at;
    return true;
  }

  void want(char c) {
    if (!eat(c)) throw new IllegalArgumentException("the input does not fit the signature");
  }

  boolean word(String text) {
    peek();
    if (end - at < text.length()) return false;
    for (int i = 0; i < text.length(); ++i) if (data[at + i] != text.charAt(i)) return false;
    at += text.length();
    return true;
  }

  String number() {
    peek();
    int from = at;
    while (at < end && "+-.0123456789eE".indexOf(data[at]) >= 0) ++at;
    return new String(data, 0, from, at - from);
  }

  double real() {
    if (!eat('{')) return Double.parseDouble(number());
    text();
    want(':');
    String name = text();
    want('}');
    return name.equals("nan") ? Double.NaN : name.equals("inf") ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  String text() {
    want('"');
    StringBuilder made = new StringBuilder();
    while (data[at] != '"') {
      char c = (char) data[at++];
      if (c == '\\') {
        c = (char) data[at++];
        int escaped = "ntrbf".indexOf(c);
        if (escaped >= 0) c = "\n\t\r\b\f".charAt(escaped);
        else if (c == 'u') {
          c = (char) Integer.parseInt(new String(data, 0, at, 4), 16);
          at += 4;
        }
      }
      made.append(c);
    }
    ++at;
    return made.toString();
  }

  /** A list, or an object with one tag and a list: whether it is tagged. */
  boolean open() {
    boolean tagged = eat('{');
    if (tagged) {
      text();
      want(':');
    }
    want('[');
    return tagged;
  }

  boolean first() { return !eat(']'); }

  boolean next() {
    if (eat(',')) return true;
    want(']');
    return false;
  }

  void close(boolean tagged) {
    if (tagged) want('}');
  }

  /** The tag of the object that comes next; empty where none does. */
  String tag() {
    if (peek() != '{') return "";
    int here = at++;
    String tag = text();
    at = here;
    return tag;
  }
}
