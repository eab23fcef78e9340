/** A command as somebody would type it, and what comes of it. */
export interface CommandExample {
  readonly line: string
  readonly what: string
}

const example = (line: string, what: string): CommandExample => ({ line: `offgrid ${line}`, what })

/** For each command, by the words that name it, what people type most. Each line is parsed by the program's own table in a test. */
export const COMMAND_EXAMPLES: Readonly<Record<string, readonly CommandExample[]>> = {
  ingest: [
    example('ingest docs.jsonl', 'into the store in .offgrid/store'),
    example('ingest articles.csv --text body --id sku --dry-run', 'what would be read and how long it would take'),
    example('ingest notes/ --url http://127.0.0.1:6333 --collection notes', 'into a Qdrant server'),
  ],
  search: [
    example('search what attacks the cartilage', 'the ten best passages'),
    example('search "knee pain" --limit 3 --explain', "with each hit's rank in every list"),
    example(`search fees --filter '{"must":[{"key":"topic","match":{"value":"billing"}}]}'`, 'among some documents'),
  ],
  'runs list': [example('runs list', 'which runs there were, and what continues them')],
  'runs show': [example('runs show 20261130-081500-1a2b', 'one run, by its id in the list')],
  'runs resume': [example('runs resume 20261130-081500-1a2b', 'goes on where that run stopped')],
  'runs retry': [example('runs retry 20261130-081500-1a2b', 'after what ailed its parts was mended')],
  'runs cancel': [example('runs cancel 20261130-081500-1a2b', 'no worker goes on with it')],
  work: [example('work --queue redis://127.0.0.1:6379 --until-empty', 'beside "ingest --queue", on each machine')],
  migrate: [
    example('migrate --collection notes --model BAAI/bge-small-en-v1.5', 'searches go on, and then use the new model'),
    example(
      'migrate --url http://127.0.0.1:6333 --collection notes --model bge-small-en-v1.5 --queue redis://127.0.0.1:6379',
      'by all workers of a queue',
    ),
  ],
  embed: [
    example('embed docs.jsonl --model all-MiniLM-L6-v2 --out vectors.parquet', 'dense vectors in a file'),
    example('embed questions.jsonl --model Qdrant/bm25 --as query', 'sparse vectors as JSON lines on stdout'),
  ],
  export: [example('export --out points.parquet', 'ingest --vectors-from points.parquet stores them elsewhere')],
  compare: [example('compare vectors.parquet .offgrid/store', 'are these the same vectors?')],
  eval: [example('eval scifact --methods dense,bm25,default', 'nDCG and recall on a BEIR directory')],
  'models list': [example('models list --all', 'also what can be fetched')],
  'models show': [example('models show all-MiniLM-L6-v2', 'files, dimension, licence, source')],
  'models verify': [example('models verify', 'are all files as published?')],
  'models import': [example('models import ./bge-small --as BAAI/bge-small-en-v1.5', 'from a folder')],
  'models pull': [example('models pull BAAI/bge-small-en-v1.5', 'from Hugging Face or a mirror')],
  'models remove': [example('models remove bge-small-en-v1.5', 'its entry and its files')],
  'models bundle': [example('models bundle models.tgz', 'all models in one file, for a machine without a connection')],
  'models unbundle': [example('models unbundle models.tgz', 'installs what was packed')],
  'store info': [example('store info', 'collections, points, sizes')],
  'store verify': [example('store verify', 'is every byte as it was written?')],
  'store compact': [example('store compact', 'gives back the room of deleted points')],
  'store drop': [example('store drop old-notes', 'the whole collection; asks first')],
  'store delete': [
    example('store delete notes --ids gone.txt', 'documents by their ids, one a line; asks first'),
    example(
      `store delete notes --filter '{"must":[{"key":"lang","match":{"value":"fr"}}]}'`,
      'documents by their fields',
    ),
  ],
  serve: [
    example('serve', 'embeddings and a search page at http://127.0.0.1:6380'),
    example('serve --host 0.0.0.0 --token-env OFFGRID_TOKEN', 'for other machines, with a token'),
  ],
  mcp: [example('mcp --collection notes', 'what an agent is told to start')],
  bench: [example('bench --documents 100 --rounds 1', 'a first look at the speed of this machine')],
  doctor: [example('doctor', 'can this machine run everything?')],
  completion: [
    example('completion bash > ~/.local/share/bash-completion/completions/offgrid', 'for each new bash'),
    example('completion fish > ~/.config/fish/completions/offgrid.fish', 'for each new fish'),
  ],
}

/** What help says below the options; empty where there is no example. */
export function exampleText(name: string): string {
  const examples = COMMAND_EXAMPLES[name] ?? []
  if (examples.length === 0) return ''
  const lines = examples.map(({ line, what }) => `  ${line}\n      ${what}`)
  return `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`
}
