/**
 * The exports of a CommonJS package, however it was imported. Node gives `module.exports` as `default`; tools that read the `__esModule` mark of
 * Babel and TypeScript (tsx, jiti, bundlers) give `exports.default` there, which such a package may not have, or nest the two.
 * @param module what `import()` gave
 * @param name an export of the package, by which its exports are known
 * @throws TypeError if nothing in it has that export
 */
export function exportsOf<T extends object>(module: object, name: keyof T & string): T {
  let candidate: unknown = module
  for (let depth = 0; depth < 3 && isExports(candidate); depth++) {
    if (name in candidate && candidate[name] !== undefined) return candidate as T
    candidate = candidate.default
  }
  throw new TypeError(`Expected a module that exports ${name}, got ${Object.keys(module).join(', ') || 'nothing'}.`)
}

function isExports(value: unknown): value is Record<string, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
