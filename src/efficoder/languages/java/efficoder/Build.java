package efficoder;

import java.io.*;
import java.lang.reflect.*;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.tools.*;

/**
 * Makes the file `program` of `solution.java`, in the compiler's sandbox. Its first line is the number of trusted lines
 * that follow it; after the last line MARK comes the class of the calls, if there is one. No code of it is run.
 */
public final class Build {
  static final String MARK = "\n// ---- calls ----\n";

  /** A text under a name of ours: a public class may have any name. */
  static final class Text extends SimpleJavaFileObject {
    final String text;

    Text(String name, String text) {
      super(URI.create("string:///" + name), JavaFileObject.Kind.SOURCE);
      this.text = text;
    }

    @Override public CharSequence getCharContent(boolean ignore) { return text; }
    @Override public boolean isNameCompatible(String name, JavaFileObject.Kind kind) { return kind == getKind(); }
  }

  static final class Made extends SimpleJavaFileObject {
    final ByteArrayOutputStream content = new ByteArrayOutputStream();

    Made(String name) { super(URI.create("mem:///" + name.replace('.', '/') + ".class"), JavaFileObject.Kind.CLASS); }
    @Override public OutputStream openOutputStream() { return content; }
  }

  static final class Files extends ForwardingJavaFileManager<JavaFileManager> {
    final Map<String, Made> made = new LinkedHashMap<>();

    Files(JavaFileManager under) { super(under); }
    @Override public JavaFileObject getJavaFileForOutput(Location where, String name, JavaFileObject.Kind kind, FileObject of) {
      Made one = new Made(name);
      made.put(name, one);
      return one;
    }
  }

  public static void main(String[] words) throws Exception {
    String whole = new String(java.nio.file.Files.readAllBytes(Path.of("solution.java")), StandardCharsets.UTF_8);
    int cut = whole.indexOf('\n'), mark = whole.lastIndexOf(MARK);
    int above = Integer.parseInt(whole.substring(0, cut));
    String call = whole.substring(mark + MARK.length());
    List<Text> texts = new ArrayList<>(List.of(new Text("solution.java", whole.substring(cut + 1, Math.max(mark, cut + 1)))));
    if (!call.isEmpty()) texts.add(new Text("call.java", call));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    Files files = new Files(compiler.getStandardFileManager(said, null, StandardCharsets.UTF_8));
    List<String> options = List.of("-proc:none", "-nowarn", "-XDstringConcat=inline", "-Xmaxerrs", "3", "-classpath", words[0]);
    boolean done = compiler.getTask(null, files, said, options, null, texts).call();
    for (Diagnostic<? extends JavaFileObject> each : said.getDiagnostics()) {
      if (done || each.getKind() != Diagnostic.Kind.ERROR) continue;
      JavaFileObject of = each.getSource();
      boolean theirs = of != null && of.getName().endsWith("solution.java");
      String place = theirs ? "solution.java:" + (each.getLineNumber() - above) : "the call";
      fail(place + ": error: " + each.getMessage(Locale.ROOT).replace('\n', ' '));
    }
    if (!done) fail("solution.java: error: the compiler makes nothing of it");
    Map<String, byte[]> classes = new LinkedHashMap<>();
    for (Map.Entry<String, Made> each : files.made.entrySet()) classes.put(each.getKey(), each.getValue().content.toByteArray());
    new Bundle(call.isEmpty() ? main(classes) : "EfficoderCall", classes).write(new FileOutputStream("program"));
  }

  static void fail(String words) {
    System.out.println(words);
    System.exit(1);
  }

  /** The class that a program begins in: Main, Solution, or the first with a main method. Empty for no class at all. */
  static String main(Map<String, byte[]> classes) {
    if (classes.isEmpty()) return "";
    Bundle loader = new Bundle("", classes);
    List<String> found = new ArrayList<>();
    for (String name : classes.keySet()) {
      try {
        Method main = Class.forName(name, false, loader).getDeclaredMethod("main", String[].class);
        int is = main.getModifiers();
        if (Modifier.isStatic(is) && Modifier.isPublic(is) && main.getReturnType() == void.class) found.add(name);
      } catch (ReflectiveOperationException | LinkageError none) {
        continue;
      }
    }
    if (found.isEmpty()) fail("solution.java: error: no class has a method public static void main(String[])");
    for (String usual : new String[] {"Main", "Solution"}) if (found.contains(usual)) return usual;
    return found.get(0);
  }
}
