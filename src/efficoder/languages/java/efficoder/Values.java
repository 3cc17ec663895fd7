package efficoder;

import java.lang.reflect.*;
import java.math.BigInteger;
import java.util.*;

/** Values from wire text by their types, and to wire text by what they are (wire.py). */
final class Values {
  static final class Refused extends RuntimeException {
    Refused(String why) { super(why); }
  }

  static final String TOO_LARGE = "the results are larger than the output limit";
  private static final int MOST_NESTED = 900;  // what holds itself is nested without end
  private final ClassLoader loader;

  Values(ClassLoader loader) { this.loader = loader; }

  // ---- reading

  Object read(Reader in, Types type) {
    if (Character.isUpperCase(type.name.charAt(0)) && !type.name.endsWith("Node") && in.word("null")) {
      return type.name.equals("Optional") ? Optional.empty() : null;
    }
    switch (type.name) {
      case "int": case "Integer": return Integer.parseInt(in.number());
      case "long": case "Long": return Long.parseLong(in.number());
      case "short": case "Short": return Short.parseShort(in.number());
      case "byte": case "Byte": return Byte.parseByte(in.number());
      case "double": case "Double": return in.real();
      case "float": case "Float": return (float) in.real();
      case "boolean": case "Boolean": return in.word("true") || !in.word("false");
      case "char": case "Character": return in.text().charAt(0);
      case "String": case "CharSequence": return in.text();
      case "BigInteger": return new BigInteger(in.number());
      case "Optional": return Optional.of(read(in, type.inner[0]));
      case "Object": case "Number": return any(in);
      case "ListNode": case "TreeNode": return nodes(in, type.name);
      case "[]": return array(in, type.inner[0]);
    }
    return type.name.endsWith("Map") ? map(in, type) : collection(in, type);
  }

  private Object any(Reader in) {
    char c = in.peek();
    if (c == '"') return in.text();
    if (c == 't' || c == 'f') return in.word("true") || !in.word("false");
    if (c == 'n' && in.word("null")) return null;
    switch (in.tag()) {
      case "!float": return in.real();
      case "!dict": return map(in, Types.of("Map<Object, Object>"));
      case "!set": case "!frozenset": return collection(in, Types.of("Set<Object>"));
      case "!tuple": return collection(in, Types.of("List<Object>"));
    }
    if (c == '[') return collection(in, Types.of("List<Object>"));
    String digits = in.number();
    if (digits.indexOf('.') >= 0 || digits.indexOf('e') >= 0) return Double.parseDouble(digits);
    long value = Long.parseLong(digits);
    if (value == (int) value) return (int) value;
    return value;
  }

  private Object array(Reader in, Types item) {
    List<Object> items = new ArrayList<>();
    boolean tagged = in.open();
    for (boolean more = in.first(); more; more = in.next()) items.add(read(in, item));
    in.close(tagged);
    Object made = Array.newInstance(item.raw(loader), items.size());
    for (int i = 0; i < items.size(); ++i) Array.set(made, i, items.get(i));
    return made;
  }

  private Collection<Object> collection(Reader in, Types type) {
    Collection<Object> made = empty(type.name);
    boolean tagged = in.open();
    for (boolean more = in.first(); more; more = in.next()) made.add(read(in, type.inner[0]));
    in.close(tagged);
    return made;
  }

  private static Collection<Object> empty(String name) {
    switch (name) {
      case "Set": case "LinkedHashSet": return new LinkedHashSet<>();
      case "HashSet": return new HashSet<>();
      case "TreeSet": case "SortedSet": return new TreeSet<>();
      case "LinkedList": case "Queue": case "Deque": return new LinkedList<>();
      case "ArrayDeque": return new ArrayDeque<>();
      case "PriorityQueue": return new PriorityQueue<>();
    }
    return new ArrayList<>();
  }

  private Map<Object, Object> map(Reader in, Types type) {
    boolean sorted = type.name.equals("TreeMap") || type.name.equals("SortedMap");
    Map<Object, Object> made = sorted ? new TreeMap<>() : type.name.equals("HashMap") ? new HashMap<>() : new LinkedHashMap<>();
    boolean tagged = in.open();
    for (boolean more = in.first(); more; more = in.next()) {
      in.want('[');
      Object key = read(in, type.inner[0]);
      in.want(',');
      made.put(key, read(in, type.inner[1]));
      in.want(']');
    }
    in.close(tagged);
    return made;
  }

  // ---- nodes, whose classes are compiled beside the candidate

  private Object nodes(Reader in, String name) {
    if (in.word("null")) return null;
    List<Object> values = new ArrayList<>(collection(in, Types.of("List<Integer>")));
    try {
      Constructor<?> make = loader.loadClass(name).getDeclaredConstructor(int.class);
      make.setAccessible(true);
      return name.equals("ListNode") ? linked(values, make) : tree(values, make);
    } catch (ReflectiveOperationException none) {
      throw new IllegalStateException(none);
    }
  }

  private static Object linked(List<Object> values, Constructor<?> make) throws ReflectiveOperationException {
    Object head = null;
    for (int i = values.size() - 1; i >= 0; --i) {
      Object node = make.newInstance(values.get(i));
      field(node, "next").set(node, head);
      head = node;
    }
    return head;
  }

  private static Object tree(List<Object> values, Constructor<?> make) throws ReflectiveOperationException {
    if (values.isEmpty() || values.get(0) == null) return null;
    List<Object> waiting = new ArrayList<>();
    waiting.add(make.newInstance(values.get(0)));
    for (int at = 1, parent = 0; at < values.size(); ++parent) {
      for (String side : new String[] {"left", "right"}) {
        if (at < values.size() && values.get(at) != null) {
          Object node = make.newInstance(values.get(at));
          field(waiting.get(parent), side).set(waiting.get(parent), node);
          waiting.add(node);
        }
        ++at;
      }
    }
    return waiting.get(0);
  }

  private static Field field(Object node, String name) throws ReflectiveOperationException {
    Field found = node.getClass().getDeclaredField(name);
    found.setAccessible(true);
    return found;
  }

  private static List<Object> flat(Object root, String kind) {
    List<Object> values = new ArrayList<>(), waiting = new ArrayList<>();
    Map<Object, Object> seen = new IdentityHashMap<>();
    try {
      if (root != null || kind.equals("TreeNode")) waiting.add(root);
      for (int at = 0; at < waiting.size(); ++at) {
        Object node = waiting.get(at);
        if (node == null) {
          values.add(null);
          continue;
        }
        if (seen.put(node, node) != null) throw new Refused("the nodes are cyclic");
        values.add(field(node, "val").get(node));
        if (kind.equals("TreeNode")) {
          waiting.add(field(node, "left").get(node));
          waiting.add(field(node, "right").get(node));
        } else if (field(node, "next").get(node) != null) waiting.add(field(node, "next").get(node));
      }
    } catch (ReflectiveOperationException none) {
      throw new Refused("no nodes of the task's");
    }
    while (!values.isEmpty() && values.get(values.size() - 1) == null) values.remove(values.size() - 1);
    return values;
  }

  // ---- writing

  void write(StringBuilder out, Object value, String returns, long room) {
    put(out, returns.endsWith("Node") ? flat(value, returns) : value, 0, room);
  }

  private static void put(StringBuilder out, Object value, int depth, long room) {
    if (out.length() > room) throw new Refused(TOO_LARGE);
    if (depth > MOST_NESTED) throw new Refused("the result is nested too deeply");
    if (value == null || value instanceof Boolean) out.append(value);
    else if (value instanceof String || value instanceof Character || value instanceof StringBuilder) text(out, value.toString());
    else if (value instanceof Double || value instanceof Float) real(out, (Number) value);
    else if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) out.append(value);
    else if (value instanceof BigInteger) whole(out, (BigInteger) value);
    else if (value instanceof Optional) put(out, ((Optional<?>) value).orElse(null), depth + 1, room);
    else if (value instanceof Map) {
      String comma = "{\"!dict\":[";
      for (Map.Entry<?, ?> each : ((Map<?, ?>) value).entrySet()) {
        out.append(comma).append('[');
        put(out, each.getKey(), depth + 1, room);
        out.append(',');
        put(out, each.getValue(), depth + 1, room);
        out.append(']');
        comma = ",";
      }
      out.append(comma.length() > 1 ? comma : "").append("]}");
    } else if (value instanceof Collection) {
      boolean set = value instanceof Set;
      String comma = set ? "{\"!set\":[" : "[";
      for (Object each : (Collection<?>) value) {
        out.append(comma);
        put(out, each, depth + 1, room);
        comma = ",";
      }
      out.append(comma.equals(",") ? "" : comma).append(set ? "]}" : "]");
    } else if (value.getClass().isArray()) {
      out.append('[');
      for (int i = 0, length = Array.getLength(value); i < length; ++i) {
        if (i > 0) out.append(',');
        put(out, Array.get(value, i), depth + 1, room);
      }
      out.append(']');
    } else throw new Refused("a value of type " + value.getClass().getName() + " is not plain data");
  }

  private static void text(StringBuilder out, String value) {
    out.append('"');
    for (int i = 0; i < value.length(); ++i) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c >= 32 && c < 127) out.append(c);
      else {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) out.append("0123456789abcdef".charAt(c >> shift & 15));
      }
    }
    out.append('"');
  }

  private static void real(StringBuilder out, Number value) {
    double is = value.doubleValue();
    if (Double.isNaN(is)) out.append("{\"!float\":\"nan\"}");
    else if (Double.isInfinite(is)) out.append(is > 0 ? "{\"!float\":\"inf\"}" : "{\"!float\":\"-inf\"}");
    else out.append(value);
  }

  private static void whole(StringBuilder out, BigInteger value) {
    if (value.bitLength() < 4000) out.append(value);
    else out.append("{\"!int\":\"").append(value.signum() < 0 ? "-0x" : "0x").append(value.abs().toString(16)).append("\"}");
  }
}
