import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshHome, makeApp, root, runTo, scratch } from '../consumer.js'
import { startRegistry } from '../local-registry.js'

/**
 * What is published, from a registry on this machine, into an empty folder with an empty home, without a flag: by its name, and as the dependency
 * of a dependency; then the commands.
 */
export default async function npm() {
  const release = join(scratch, 'release')
  await runTo('', root, process.execPath, ['scripts/make-runtime-packages.js', '--release', release], { seconds: 900 })
  const middle = join(scratch, 'middle')
  mkdirSync(middle)
  const manifest = { name: 'offgrid-middle', version: '1.0.0', dependencies: { offgrid: '*' } }
  writeFileSync(join(middle, 'package.json'), JSON.stringify(manifest))
  await runTo('', middle, 'npm', ['pack', '--pack-destination', release])
  const tarballs = readdirSync(release).filter((name) => name.endsWith('.tgz'))
  const server = await startRegistry(tarballs.map((name) => join(release, name)))
  const { expected } = await makeApp('npm')
  const notes = []
  try {
    for (const name of ['offgrid', 'offgrid-middle']) {
      const folder = join(scratch, `from-registry-${name}`)
      mkdirSync(folder)
      const home = freshHome(name)
      const env = { HOME: home, npm_config_userconfig: join(home, '.npmrc'), npm_config_registry: `${server.url}/` }
      const started = performance.now()
      await runTo('', folder, 'npm', ['init', '-y'], { env })
      await runTo('added', folder, 'npm', ['install', name], { env, seconds: 600 })
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      await runTo(/ok +encode/, folder, 'npx', ['offgrid', 'doctor'], { env })
      writeFileSync(join(folder, 'two.jsonl'), '{"id":1,"text":"Gout hurts."}\n{"id":2,"text":"Asthma wheezes."}\n')
      await runTo('2 points stored', folder, 'npx', ['offgrid', 'ingest', 'two.jsonl'], { env })
      await runTo(/1\. 2 /, folder, 'npx', ['offgrid', 'search', 'wheezing'], { env })
      const size = (await runTo(/^\d+/, folder, 'du', ['-sm', 'node_modules'])).split('\t')[0]
      if (Number(size) > 200) throw new Error(`Expected at most 200 MB, got ${size}.`)
      const packages = readdirSync(join(folder, 'node_modules', '@offgrid'))
      const platform = `${process.platform}-${process.arch}`
      const fitting = packages.every((each) => each.endsWith(platform)) && packages.length <= 2
      if (!fitting) throw new Error(`Expected packages of ${platform} alone, got ${packages.join(', ')}.`)
      notes.push(`${name} ${seconds} s ${size} MB`)
    }
  } finally {
    server.close()
  }
  return `ok, ${notes.join(', ')}; ${expected.length} characters of vectors`
}
