/** What the service that the page came from is asked; nobody else is. */

export type Method = 'dense' | 'bm25' | 'late'
export type Payload = Readonly<Record<string, unknown>>
export type Ranks = Readonly<Record<Method | 'fused', number | null>>

export interface Hit {
  readonly id: string | number
  readonly documentId: string | number
  readonly score: number
  readonly payload: Payload | null
  readonly ranks: Ranks
}

export interface Found {
  readonly hits: readonly Hit[]
  readonly milliseconds: number
}

export interface CollectionState {
  readonly collection: string
  readonly points: number
  readonly methods: readonly Method[]
  readonly error?: string
}

export interface ServiceState {
  readonly models: readonly { readonly name: string; readonly kind: string }[]
  readonly path: string
  /** Of the Qdrant server that documents are sent to; null for a folder. */
  readonly url: string | null
  readonly collections: readonly CollectionState[]
}

export type Field =
  | {
      readonly name: string
      readonly kind: 'values'
      readonly values: readonly { readonly value: string | boolean; readonly count: number }[]
    }
  | { readonly name: string; readonly kind: 'range'; readonly least: number; readonly most: number }

export interface CollectionDetails {
  readonly models: Readonly<Partial<Record<Method, string>>>
  readonly isChunked: boolean
  readonly sampled: number
  readonly fields: readonly Field[]
}

export type Place = readonly [start: number, end: number]

/** What of the question was found in passages. */
export interface Matched {
  /** Words of the question that BM25 counts; the others are stopwords. */
  readonly counted: readonly Place[]
  readonly matches: readonly Matches[]
}

/** What of the question was found in a passage. */
export interface Matches {
  readonly words: readonly { readonly start: number; readonly end: number; readonly term: string }[]
  readonly tokens: readonly { readonly query: Place; readonly text: Place; readonly score: number }[]
}

export interface WholeDocument {
  readonly id: string | number
  readonly text: string
}

/** A refusal, with its status: 401 asks for a token. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

const TOKEN = 'offgrid-token'

/** The token is kept for this tab alone, until it is closed. */
export function keepToken(token: string): void {
  if (token === '') sessionStorage.removeItem(TOKEN)
  else sessionStorage.setItem(TOKEN, token)
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null
}

async function request(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN)
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(token !== null && { authorization: `Bearer ${token}` }),
  }
  let response: Response
  try {
    response = await fetch(path, {
      headers,
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Refusal(0, 'The service does not answer. Is offgrid serve still running?')
  }
  if (response.ok) return response
  if (response.status === 401) document.dispatchEvent(new Event('token-needed'))
  throw new Refusal(response.status, await messageOf(response))
}

async function messageOf(response: Response): Promise<string> {
  const text = await response.text()
  try {
    const { error } = JSON.parse(text) as { error?: string | { message?: string } }
    return (typeof error === 'string' ? error : error?.message) ?? text
  } catch {
    return text || `The service answered ${response.status}.`
  }
}

/** @throws Refusal */
export async function ask<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return (await (await request(path, body, signal)).json()) as T
}

/** @throws Refusal */
export async function askText(path: string): Promise<string> {
  return (await request(path, undefined)).text()
}
