const UUID = /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i

/** A UUID in lower case with hyphens, null where the text is none. It may come without hyphens, in braces or as a URN, as Qdrant takes it. */
export function parseUuid(text: string): string | null {
  return UUID.exec(text)?.slice(1).join('-').toLowerCase() ?? null
}
