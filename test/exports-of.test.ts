import { describe, expect, test } from 'vitest'
import { exportsOf } from '../src/exports-of.js'

interface Package {
  readonly make: () => string
}

const make = () => 'made'
const callable = Object.assign(() => {}, { make })

/** A namespace object, as `import()` gives it. */
const namespace = (fields: object) => Object.assign(Object.create(null), fields) as object

describe('the exports of a CommonJS package', () => {
  test.each([
    ['Node: module.exports is the default', namespace({ default: { make } })],
    ['Node: and names that were found in the source stand beside it', namespace({ make, default: { make } })],
    ['tsx, of a file with the __esModule mark and no default of its own', namespace({ make, default: undefined })],
    ['tsx, of a file with the mark whose default is another thing', namespace({ make, default: 'another thing' })],
    ['jiti and bundlers: one default inside the other', namespace({ default: namespace({ default: { make } }) })],
    ['names that are only in the inner one', namespace({ make: undefined, default: { make } })],
    ['a package that is a function', namespace({ default: callable })],
    ['require() of it', { make }],
  ])('are found in what %s', (_, module) => {
    expect(exportsOf<Package>(module, 'make').make()).toBe('made')
  })

  test.each([namespace({}), namespace({ default: null }), namespace({ default: 7, other: 1 })])(
    'are an error that says what was there, where the export is not: %j',
    (module) => {
      expect(() => exportsOf<Package>(module, 'make')).toThrow(/^Expected a module that exports make, got /)
    },
  )
})
