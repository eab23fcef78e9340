/** Compiles the program, and the page that `offgrid serve` shows with the files that stand beside its scripts, into dist. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
for (const project of ['tsconfig.build.json', 'page/tsconfig.json']) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
for (const file of ['index.html', 'page.css']) cpSync(join(root, 'page', file), join(root, 'dist', 'page', file))
chmodSync(join(root, 'dist', 'src', 'cli', 'main.js'), 0o755)
