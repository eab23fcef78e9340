/** The value that a map has for a key, made and put there where it has none. */
export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** The same of what is opened, and shared while it is: a failed opening is not remembered, since its cause may be gone the next time. */
export function getOrOpen<K, V>(map: Map<K, Promise<V>>, key: K, open: () => Promise<V>): Promise<V> {
  return getOrMake(map, key, () => {
    const opened = open()
    opened.catch(() => map.delete(key))
    return opened
  })
}
