import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OpenEncoders, type OpenLimits } from '../../src/pool/open-encoders.js'

const LIMITS: OpenLimits = { networks: 3, ofOwner: 2 }

/** Encoders that know whether they are open. */
class Opener {
  readonly encoders = new OpenEncoders()
  opened = 0
  readonly open = new Set<string>()

  use(spec: object, owner?: string, run: () => Promise<void> = async () => {}): Promise<void> {
    const key = JSON.stringify(spec)
    const open = async () => {
      this.opened++
      this.open.add(key)
      return { close: async () => void this.open.delete(key) }
    }
    return this.encoders.use(key, open, { limits: LIMITS, owner }, async () => {
      expect(this.open).toContain(key)
      await run()
      expect(this.open).toContain(key)
    })
  }

  get models(): string[] {
    return [...this.open].map((key) => (JSON.parse(key) as { dense: string }).dense)
  }
}

describe('OpenEncoders', () => {
  test('closes what was not used for longest when another network is opened', async () => {
    const opener = new Opener()
    for (const dense of ['a', 'b', 'c', 'a', 'd']) await opener.use({ dense })
    expect(opener.models).toEqual(['a', 'c', 'd'])
    expect(opener.opened).toBe(4)
  })

  test('options without a network of their own close no other network', async () => {
    const opener = new Opener()
    await opener.use({ dense: 'a' })
    await opener.use({ dense: 'b' })
    for (let maxTokens = 1; maxTokens <= 300; maxTokens++) await opener.use({ dense: 'c', maxTokens })
    expect(new Set(opener.models)).toEqual(new Set(['a', 'b', 'c']))
    expect(opener.open.size).toBeLessThanOrEqual(64)
  })

  test('never closes one that is in use', async () => {
    const opener = new Opener()
    let end = () => {}
    const using = opener.use({ dense: 'long' }, undefined, () => new Promise<void>((resolve) => (end = resolve)))
    for (const dense of ['a', 'b', 'c', 'd']) await opener.use({ dense })
    end()
    await using
    expect(opener.models).toContain('long')
  })

  test('an owner who opens many closes its own, and not those of others', async () => {
    const opener = new Opener()
    await opener.use({ dense: 'theirs' }, 'them')
    for (const dense of ['a', 'b', 'c', 'd', 'e']) await opener.use({ dense }, 'me')
    expect(opener.models).toEqual(['theirs', 'd', 'e'])
  })

  test('one that could not be opened is opened again, and takes no place', async () => {
    const encoders = new OpenEncoders()
    const fails = () => Promise.reject(new Error('no such file'))
    await expect(encoders.use('{}', fails, { limits: LIMITS }, async () => 1)).rejects.toThrow('no such file')
    expect(encoders.keys).toEqual([])
    expect(
      await encoders.use(
        '{}',
        async () => ({ close: async () => {} }),
        {},
        async () => 2,
      ),
    ).toBe(2)
  })

  test('whatever is asked for in whatever order, there are no more networks open than may be, and those used last are', async () => {
    const asked = fc.record({
      dense: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      maxTokens: fc.integer({ min: 1, max: 3 }),
      owner: fc.constantFrom('x', 'y', undefined),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(asked, { maxLength: 40 }), async (series) => {
        const opener = new Opener()
        for (const { owner, ...spec } of series) {
          await opener.use(spec, owner)
          expect(new Set(opener.models).size).toBeLessThanOrEqual(LIMITS.networks)
          expect(opener.models).toContain(spec.dense)
        }
      }),
    )
  })
})
