/** A registry on this machine: what was packed here, and for everything else the way to the registry that npm is set to. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, readFileSync } from 'node:fs'
import { createServer } from 'node:http'

/** @param tarballs paths of packages @returns its address, and `close()` */
export async function startRegistry(tarballs) {
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim().replace(/\/$/, '')
  const packages = new Map()
  for (const [i, path] of tarballs.entries()) {
    const manifest = JSON.parse(execFileSync('tar', ['-xzOf', path, 'package/package.json'], { maxBuffer: 1e7 }))
    const integrity = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`
    packages.set(manifest.name, { manifest, integrity, file: `/-/files/${i}.tgz`, path })
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.split('?')[0])
    const wanted = [...packages.values()].find(({ file }) => file === path)
    if (wanted) return createReadStream(wanted.path).pipe(response)
    const found = packages.get(path.slice(1))
    if (!found) return response.writeHead(302, { location: `${upstream}${request.url}` }).end()
    const { manifest, integrity, file } = found
    const dist = { integrity, tarball: `${url}${file}` }
    const document = {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  return { url, close: () => server.close() }
}
