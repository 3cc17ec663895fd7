package efficoder;

import java.util.*;

/** A type as types.py spells it: a name, its parameters, and brackets of arrays. */
final class Types {
  final String name;
  final Types[] inner;

  private Types(String name, Types... inner) {
    this.name = name;
    this.inner = inner;
  }

  static Types of(String text) {
    if (text.endsWith("[]")) return new Types("[]", of(text.substring(0, text.length() - 2)));
    int open = text.indexOf('<');
    if (open < 0) return new Types(simple(text));
    List<Types> inner = new ArrayList<>();
    int depth = 0, from = open + 1;
    for (int i = from; i < text.length(); ++i) {
      char c = text.charAt(i);
      if (depth == 0 && (c == ',' || c == '>')) {
        inner.add(of(text.substring(from, i).trim()));
        from = i + 1;
      }
      depth += c == '<' ? 1 : c == '>' ? -1 : 0;
    }
    return new Types(simple(text.substring(0, open)), inner.toArray(new Types[0]));
  }

  private static String simple(String text) { return text.substring(text.lastIndexOf('.') + 1); }

  Class<?> raw(ClassLoader loader) {
    switch (name) {
      case "int": return int.class;
      case "long": return long.class;
      case "short": return short.class;
      case "byte": return byte.class;
      case "char": return char.class;
      case "boolean": return boolean.class;
      case "double": return double.class;
      case "float": return float.class;
      case "[]": return java.lang.reflect.Array.newInstance(inner[0].raw(loader), 0).getClass();
    }
    for (String place : new String[] {"", "java.lang.", "java.util.", "java.math."}) {
      try {
        return Class.forName(place + name, false, loader);
      } catch (ClassNotFoundException none) {
        continue;
      }
    }
    throw new IllegalArgumentException(name);
  }
}
