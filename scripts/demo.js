/** The main job on the bundled sample corpus, by the same commands that a user types. */
import { spawnSync } from 'node:child_process'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const question = process.argv.slice(2).join(' ') || 'What is relapsing polychondritis?'
const corpus = join(root, 'bench', 'sample', 'medical-qa.jsonl')
const store = join(root, '.offgrid', 'demo')
// The demo shows the embedded store, whatever server the environment names.
const env = { ...process.env }
delete env.QDRANT_URL

function offgrid(...args) {
  const shown = args.map((arg) =>
    /\s/.test(arg) ? `"${arg}"` : arg.startsWith(root) ? relative(process.cwd(), arg) : arg,
  )
  process.stdout.write(`\n$ npx offgrid ${shown.join(' ')}\n`)
  const { status } = spawnSync(process.execPath, [join(root, 'dist', 'src', 'cli', 'main.js'), ...args], {
    stdio: 'inherit',
    env,
  })
  if (status !== 0) process.exit(status ?? 1)
}

offgrid('ingest', corpus, '--store', store)
offgrid('search', question, '--store', store, '--rerank', '--explain', '--limit', '5')
