package efficoder;

import java.io.*;
import java.util.*;

/** The classes of one program in one file, and a loader of them. */
final class Bundle extends ClassLoader {
  /** The class with the main method, or the one of the calls. */
  final String main;
  private final Map<String, byte[]> classes;

  Bundle(String main, Map<String, byte[]> classes) {
    super(Bundle.class.getClassLoader());
    this.main = main;
    this.classes = classes;
  }

  static Bundle read(InputStream from) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(from.readAllBytes()));
    String main = in.readUTF();
    Map<String, byte[]> classes = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; --left) {
      String name = in.readUTF();
      byte[] content = new byte[in.readInt()];
      in.readFully(content);
      classes.put(name, content);
    }
    return new Bundle(main, classes);
  }

  void write(OutputStream to) throws IOException {
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to));
    out.writeUTF(main);
    out.writeInt(classes.size());
    for (Map.Entry<String, byte[]> each : classes.entrySet()) {
      out.writeUTF(each.getKey());
      out.writeInt(each.getValue().length);
      out.write(each.getValue());
    }
    out.close();
  }

  @Override protected Class<?> findClass(String name) throws ClassNotFoundException {
    byte[] content = classes.get(name);
    if (content == null) throw new ClassNotFoundException(name);
    return defineClass(name, content, 0, content.length);
  }
}
