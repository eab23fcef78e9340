/** The question and everything beside it stand in the address, so that a search can be sent to somebody. */

export type View = 'search' | 'compare' | 'load' | 'vectors'

const VIEWS: readonly View[] = ['search', 'compare', 'load', 'vectors']

export function readView(params: URLSearchParams): View {
  return VIEWS.find((view) => view === params.get('view')) ?? 'search'
}

export function addressParams(): URLSearchParams {
  return new URLSearchParams(location.search)
}

/** Writes an address; one that is there already makes no new step back. */
export function writeAddress(params: URLSearchParams): void {
  const text = params.toString()
  const address = text === '' ? location.pathname : `?${text}`
  if (`?${text}` !== location.search) history.pushState(null, '', address)
}
