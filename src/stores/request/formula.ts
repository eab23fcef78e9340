import type { Condition } from './filter.js'
import type { GeoPoint } from './geo.js'
import type { PayloadPath } from './payload-path.js'

/** A formula that scores the results of prefetches, parsed. */
export interface Formula {
  readonly expression: Expression
  /** Values of variables that a point lacks, by the variable's canonical name. */
  readonly defaults: ReadonlyMap<string, unknown>
}

export type DecayKind = 'lin' | 'exp' | 'gauss'

export type Expression =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'score'; readonly prefetch: number; readonly name: string }
  | { readonly kind: 'payload'; readonly path: PayloadPath; readonly name: string }
  | { readonly kind: 'condition'; readonly condition: Condition }
  | { readonly kind: 'geoDistance'; readonly origin: GeoPoint; readonly path: PayloadPath; readonly name: string }
  | { readonly kind: 'datetimeKey'; readonly path: PayloadPath; readonly name: string }
  | { readonly kind: 'sum' | 'mult'; readonly terms: readonly Expression[] }
  | { readonly kind: 'neg' | 'abs' | 'sqrt' | 'exp' | 'log10' | 'ln'; readonly of: Expression }
  | { readonly kind: 'pow'; readonly base: Expression; readonly exponent: Expression }
  | { readonly kind: 'div'; readonly left: Expression; readonly right: Expression; readonly byZero: number | null }
  | {
      readonly kind: 'decay'
      readonly shape: DecayKind
      readonly x: Expression
      readonly target: Expression | null
      readonly scale: number
      readonly midpoint: number
    }
