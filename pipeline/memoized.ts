/** Returns a function that gives what `make` does, and keeps it in `known`: it is made once for each key. */
export function memoized<K, V>(
  known: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  make: (key: K) => V,
): (key: K) => V {
  return key => {
    let value = known.get(key)
    if (value === undefined) {
      value = make(key)
      known.set(key, value)
    }
    return value
  }
}
