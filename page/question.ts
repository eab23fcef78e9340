/** The question and everything beside it stand in the address, so that a search can be sent to somebody. */

export type View = 'search' | 'compare' | 'load' | 'vectors'

const VIEWS: readonly View[] = ['search', 'compare', 'load', 'vectors']

export function readView(params: URLSearchParams): View {
  return VIEWS.find((view) => view === params.get('view')) ?? 'search'
}

/** Longest address that is written: servers and proxies refuse longer ones, and so does what people send them with. */
const MAX_ADDRESS = 8_000

export function addressParams(): URLSearchParams {
  const params = new URLSearchParams(location.search)
  const query = keptQuestion()
  if (query !== null && !params.has('q')) params.set('q', query)
  return params
}

/** A question that is too long for the address is kept with this step of the tab's history; null where there is none. */
export function keptQuestion(): string | null {
  return (history.state as { q?: string } | null)?.q ?? null
}

/** Writes an address; one that is there already makes no new step back. A question with which it is too long stays in the tab. */
export function writeAddress(params: URLSearchParams): void {
  const written = new URLSearchParams(params)
  const isLong = `${location.origin}${location.pathname}?${written}`.length > MAX_ADDRESS
  const kept = isLong ? written.get('q') : null
  if (kept !== null) written.delete('q')
  const text = written.toString()
  if (text === location.search.slice(1) && kept === keptQuestion()) return
  history.pushState(kept === null ? null : { q: kept }, '', text === '' ? location.pathname : `?${text}`)
}
