package efficoder;

/** A Function of a task: generated from its signature, and compiled beside the candidate. */
public abstract class Call {
  /** Of the arguments, as types.py spells them. */
  public abstract String[] types();

  public abstract String returns();

  public abstract boolean calls();

  public abstract Object call(Object[] given) throws Throwable;
}
