// Methods for plain data: what has them prints, compares and serialises as data all the same.

/** An ordinary object's prototype with these methods. */
export function methods<T extends object>(functions: T): T {
  const prototype = {} as T;
  for (const [name, value] of Object.entries(functions)) {
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
  return prototype;
}
