/** True when a source is a pattern and not a path. */
export function isGlob(source: string): boolean {
  return /[*?[{]/.test(source)
}

/**
 * A pattern over paths with `/` as an expression: `*` and `?` stay within a name and do not match a leading dot, `**` is any number of folders,
 * `[a-z]`, `[!a]` and `{a,b}` as in a shell. `globToRegExp('a/*.md')` matches `a/b.md`, not `a/b/c.md`.
 */
export function globToRegExp(glob: string): RegExp {
  let expression = ''
  let braces = 0
  for (let at = 0; at < glob.length; at++) {
    const rest = glob.slice(at)
    const isNameStart = at === 0 || glob[at - 1] === '/'
    const dot = isNameStart ? '(?!\\.)' : ''
    const range = /^\[([!^]?)(\]?[^\]]*)\]/.exec(rest)
    if (isNameStart && rest.startsWith('**/')) {
      expression += '(?:(?!\\.)[^/]+/)*'
      at += 2
    } else if (isNameStart && rest === '**') {
      expression += '(?:(?!\\.)[^/]+/)*(?!\\.)[^/]+'
      at += 1
    } else if (glob[at] === '*') {
      expression += `${dot}[^/]*`
    } else if (glob[at] === '?') {
      expression += `${dot}[^/]`
    } else if (range !== null) {
      expression += `${dot}(?!/)[${range[1] === '' ? '' : '^'}${range[2]!.replace(/[\\\]^[]/g, '\\$&')}]`
      at += range[0].length - 1
    } else if (glob[at] === '{' && rest.includes('}')) {
      expression += '(?:'
      braces++
    } else if (glob[at] === '}' && braces > 0) {
      expression += ')'
      braces--
    } else if (glob[at] === ',' && braces > 0) {
      expression += '|'
    } else {
      expression += glob[at]!.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
    }
  }
  return new RegExp(`^${expression}${')'.repeat(braces)}$`, 'su')
}

/** The folder in which all matches lie: what stands before the first part with a wildcard, `.` where there is none. */
export function globBase(glob: string): string {
  const parts = glob.split('/')
  const fixed = parts.slice(0, Math.min(parts.findIndex(isGlob), parts.length - 1))
  return fixed.length === 0 ? '.' : fixed.join('/') || '/'
}
