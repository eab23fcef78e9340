import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../../files/write-file-atomic.js'
import { jsonObject } from '../../options.js'
import { describeStore } from '../../stores/local/describe-store.js'
import { onDisk } from '../../stores/local/disk-error.js'
import type { Store } from '../../stores/store.js'
import type { Method } from '../collection/collection-plan.js'
import { METHODS } from '../collection/methods.js'

/** Bytes of embedded corpora that are kept for the next time, the one just used not counted. */
const KEPT_BYTES = 4e9
const USES_FILE = 'evaluations.json'
/** Names that evaluations give: dataset, sum of the corpus, precision, and what else makes the vectors. */
const OWN_NAME = /-[0-9a-f]{12}-(?:fp32|int8)(?:-|$)/

/** When a corpus was last used, and whether all of it is there. */
interface Use {
  readonly usedAt: string
  readonly isComplete: boolean
}

/** A corpus in the store, and the vectors that it has. */
export interface EvaluationCorpus {
  readonly collection: string
  readonly methods: readonly Method[]
}

/** What tells the vectors of a method from those of the default model with a row for each token, in a collection's name. */
export type MethodModels = Partial<Readonly<Record<Method, string>>>

/** The corpora that `eval` embedded into a store, kept for the next time. */
export class EvaluationCorpora {
  readonly #path: string
  readonly #uses: Record<string, Use>

  private constructor(path: string, uses: Record<string, Use>) {
    this.#path = path
    this.#uses = uses
  }

  static async open(path: string): Promise<EvaluationCorpora> {
    const text = await readFile(join(path, USES_FILE), 'utf8').catch(() => '{}')
    // torn by hand: what it says costs a corpus that is embedded once more
    return new EvaluationCorpora(path, (jsonObject(text) ?? {}) as Record<string, Use>)
  }

  /**
   * The methods' vectors that the corpus is embedded with: those that are needed, or more where all of them are there already.
   * @param base name of the corpus with all vectors of the default models
   * @param models what tells a method's vectors from those of the default model; undefined where they are these
   */
  choose(base: string, needed: readonly Method[], models: MethodModels = {}): EvaluationCorpus {
    const sets = ALL_SETS.filter((set) => needed.every((method) => set.includes(method)))
    const there = sets.find((set) => this.#uses[nameOf(base, set, models)]?.isComplete === true)
    const methods = there ?? METHODS.filter((method) => needed.includes(method))
    return { collection: nameOf(base, methods, models), methods }
  }

  async noteUse(collection: string, isComplete: boolean): Promise<void> {
    // behind the others: two uses may be of the same millisecond
    delete this.#uses[collection]
    this.#uses[collection] = { usedAt: new Date().toISOString(), isComplete }
    await this.#write()
  }

  /**
   * Deletes what was not used for the longest time, until the rest is small enough.
   * @param current are always kept
   * @returns what was deleted
   */
  async prune(store: Store, current: readonly string[], keptBytes = KEPT_BYTES): Promise<string[]> {
    const { collections } = await describeStore(this.#path)
    const others = collections
      .filter(({ collection }) => OWN_NAME.test(collection) && !current.includes(collection))
      .sort((a, b) => this.#compareUse(b.collection, a.collection))
    let kept = 0
    const gone = others.filter(({ sizeBytes }) => {
      kept += sizeBytes
      return kept > keptBytes
    })
    return this.#delete(
      store,
      gone.map(({ collection }) => collection),
    )
  }

  /** Deletes everything that evaluations put there. @returns what was deleted */
  async clean(store: Store): Promise<string[]> {
    return this.#delete(
      store,
      (await store.listCollections()).filter((name) => OWN_NAME.test(name)),
    )
  }

  #compareUse(a: string, b: string): number {
    const timeOf = (collection: string) => this.#uses[collection]?.usedAt ?? ''
    const names = Object.keys(this.#uses)
    return timeOf(a).localeCompare(timeOf(b)) || names.indexOf(a) - names.indexOf(b)
  }

  async #delete(store: Store, names: readonly string[]): Promise<string[]> {
    for (const name of names) {
      await store.deleteCollection(name)
      delete this.#uses[name]
    }
    if (names.length > 0) await this.#write()
    return [...names]
  }

  async #write(): Promise<void> {
    const path = join(this.#path, USES_FILE)
    await onDisk(`write ${path}`, () => writeFileAtomic(path, `${JSON.stringify(this.#uses, null, 2)}\n`))
  }
}

/** Sets of methods, the largest first. */
const ALL_SETS: readonly (readonly Method[])[] = [
  METHODS,
  ['dense', 'bm25'],
  ['dense', 'late'],
  ['bm25', 'late'],
  ...METHODS.map((method) => [method]),
]

function nameOf(base: string, methods: readonly Method[], models: MethodModels): string {
  const isDefault = methods.length === METHODS.length && methods.every((method) => models[method] === undefined)
  if (isDefault) return base
  return [base, ...methods.map((method) => [method, models[method] ?? []].flat().join('.'))].join('-')
}
