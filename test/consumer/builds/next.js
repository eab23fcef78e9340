import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { ESM, expectText, makeApp, scratch } from '../consumer.js'

const files = (output) => ({
  'next.config.js': `module.exports = { serverExternalPackages: ['offgrid']${output} }\n`,
  'app/layout.js': 'export default function Layout({ children }) { return <html><body>{children}</body></html> }\n',
  'app/page.js': 'export default function Page() { return <p>page</p> }\n',
  'app/api/vectors/route.js': `${ESM}export const dynamic = 'force-dynamic'\nexport async function GET() { return new Response(await vectors()) }\n`,
})

/** The server's own answer after its start. @returns seconds of the first request */
async function ask(folder, args, env, expected) {
  const server = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env, NODE_ENV: 'production' } })
  try {
    let log = ''
    server.stderr.on('data', (chunk) => (log += chunk))
    while (!/Ready/.test(log)) {
      const [chunk] = await once(server.stdout, 'data')
      log += chunk
    }
    const started = performance.now()
    const response = await fetch(`http://127.0.0.1:${env.PORT}/api/vectors`)
    expectText(`${await response.text()}\n${log}`, expected)
    return (performance.now() - started) / 1000
  } finally {
    server.kill()
    await once(server, 'exit')
  }
}

/** `next start` beside node_modules, and a standalone folder alone: the tracer finds what it needs by itself. */
export default async function next() {
  const tools = ['next@16', 'react@19', 'react-dom@19']
  const app = await makeApp('next', { tools, files: files('') })
  const env = { NEXT_TELEMETRY_DISABLED: '1', HOSTNAME: '127.0.0.1' }
  const build = () => app.npx(['next', 'build'], 'Compiled successfully', { env, seconds: 900 })
  await build()
  const port = String(20_000 + (process.pid % 20_000))
  await ask(app.folder, ['node_modules/next/dist/bin/next', 'start', '-p', port], { ...env, PORT: port }, app.expected)
  const { writeFileSync, mkdirSync } = await import('node:fs')
  writeFileSync(join(app.folder, 'next.config.js'), files(", output: 'standalone'")['next.config.js'])
  await build()
  // outside of the application, whose node_modules would help out
  const alone = join(scratch, 'standalone')
  mkdirSync(alone)
  renameSync(join(app.folder, '.next', 'standalone'), join(alone, 'server'))
  const seconds = await ask(join(alone, 'server'), ['server.js'], { ...env, PORT: port }, app.expected)
  return `ok, first request of the standalone server after ${seconds.toFixed(1)} s`
}
