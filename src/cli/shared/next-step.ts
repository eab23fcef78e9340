/** What to do next, for errors whose own message is for programs, too, and so names no command. */
const STEPS: Readonly<Record<string, string>> = {
  STORE_MISSING: 'Such as: offgrid ingest FILE; or name another store: --store DIR.',
  STORE_UNREACHABLE: 'Is a Qdrant server running there? Look with: offgrid doctor --url URL.',
  STORE_TIMEOUT: 'Look at the server with: offgrid doctor --url URL.',
  METHOD_MISSING:
    'Leave --methods out to use what there is, or make the others: offgrid ingest FILE --vectors dense,bm25,late.',
  EMPTY_QUERY: 'Such as: offgrid search what attacks the cartilage.',
  BUNDLE_MISSING: 'Name a file that was written by: offgrid models bundle OUT.tgz.',
  RUN_UNKNOWN: 'See: offgrid runs list.',
}

/** An error's message that ends with what to type next, where it does not say so itself. */
export function withNextStep(code: string, message: string): string {
  const step = STEPS[code]
  if (step === undefined || /\boffgrid [a-z]/.test(message)) return message
  return `${message.replace(/\.?$/, '.')} ${step}`
}
