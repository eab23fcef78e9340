/**
 * Makes packages of the native libraries, one for each platform, of the original packages in node_modules, which npm has checked against the
 * lock file. Such a package has the files that are needed on its platform alone, unchanged, with their sums and licence, and no install script.
 *   --inside [DIR]   writes those of this platform to native/, for `npm pack` of the clone
 *   --remove         deletes that folder again
 *   --release [DIR]  packs them all, and offgrid with them as optional dependencies, to be published (release/)
 * Why there are two ways: docs/adr/0011-native-libraries.md.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NATIVE_LIBRARIES } from '../dist/src/native-package.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const inside = join(root, 'native')
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))
const writeJson = (path, value) => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
const lock = readJson(join(root, 'package-lock.json')).packages

const MIT = `MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`

/**
 * What of each library a platform needs. Left out of onnxruntime-node are a copy of the library for macOS under a second name, and what
 * the library for Windows loads only for a GPU: DirectML.dll is in its table of delayed imports, dxcompiler.dll and dxil.dll in none.
 */
const PACKAGES = {
  onnxruntime: {
    main: 'dist/index.js',
    loader: ['backend', 'binding', 'index', 'version'].flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`]),
    needs: ['onnxruntime-common'],
    licence: 'MIT',
    folder: (platform) => `bin/napi-v6/${platform.replace('-', '/')}`,
    platforms: {
      'linux-x64': ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
      'linux-arm64': ['libonnxruntime.so.1', 'onnxruntime_binding.node'],
      'darwin-arm64': ['libonnxruntime.1.dylib', 'onnxruntime_binding.node'],
      'win32-x64': ['onnxruntime.dll', 'onnxruntime_binding.node'],
      'win32-arm64': ['onnxruntime.dll', 'onnxruntime_binding.node'],
    },
  },
  usearch: {
    main: 'javascript/dist/cjs/usearch.js',
    loader: ['package.json', 'usearch.js', 'usearch.d.ts'].map((name) => `javascript/dist/cjs/${name}`),
    needs: ['bindings', 'node-gyp-build'],
    licence: 'Apache-2.0',
    folder: (platform) => `prebuilds/${platform === 'darwin-arm64' ? 'darwin-arm64+x64' : platform}`,
    platforms: {
      'linux-x64': ['usearch.node'],
      'linux-arm64': ['usearch.node'],
      'darwin-arm64': ['usearch.node'],
    },
  },
}

const nameOf = (library, platform) => `@offgrid/${library}-${platform}`

/** Writes the package of one library for one platform into a folder. */
function writePackage(target, library, platform) {
  const { main, loader, needs, licence, folder, platforms } = PACKAGES[library]
  const { original, version } = NATIVE_LIBRARIES[library]
  const source = join(root, 'node_modules', original)
  const installed = readJson(join(source, 'package.json'))
  const { version: locked, integrity } = lock[`node_modules/${original}`]
  if (installed.version !== version || locked !== version) {
    throw new Error(
      `Expected ${original} ${version} in node_modules and the lock file, got ${installed.version} and ${locked}. Run npm ci, or change src/native-package.ts.`,
    )
  }
  rmSync(target, { recursive: true, force: true })
  for (const file of [...loader, ...platforms[platform].map((name) => `${folder(platform)}/${name}`)]) {
    cpSync(join(source, file), join(target, file))
  }
  const [os, cpu] = platform.split('-')
  writeJson(join(target, 'package.json'), {
    name: nameOf(library, platform),
    version,
    description: `The files of ${original} that are needed on ${platform}, unchanged, without an install script.`,
    license: licence,
    repository: installed.repository,
    main,
    os: [os],
    cpu: [cpu],
    ...(os === 'linux' && { libc: ['glibc'] }),
    dependencies: Object.fromEntries(needs.map((name) => [name, installed.dependencies[name]])),
    preferUnplugged: true,
  })
  if (licence === 'MIT') writeFileSync(join(target, 'LICENSE'), MIT)
  else cpSync(join(source, 'LICENSE'), join(target, 'LICENSE'))
  writeFileSync(
    join(target, 'README.md'),
    `# ${nameOf(library, platform)}\n\nThe files of ${original} ${version} (${licence}) that are needed on ${platform}, unchanged, without its install script. ` +
      `They were taken out of the package of the registry with the integrity\n\`${integrity}\`. SHA256SUMS has the sum of each (\`sha256sum -c SHA256SUMS\`).\n`,
  )
  writeSums(target)
}

function writeSums(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')).sort()
  const line = (path) =>
    `${createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex')}  ${path}\n`
  writeFileSync(join(folder, 'SHA256SUMS'), paths.map(line).join(''))
}

function npm(args, cwd) {
  return execFileSync('npm', [...args, '--ignore-scripts'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
}

function packRelease(target) {
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const scratch = mkdtempSync(join(tmpdir(), 'offgrid-release-'))
  try {
    const optionalDependencies = {}
    for (const [library, { platforms }] of Object.entries(PACKAGES)) {
      for (const platform of Object.keys(platforms)) {
        const folder = join(scratch, `${library}-${platform}`)
        writePackage(folder, library, platform)
        npm(['pack', '--pack-destination', target], folder)
        optionalDependencies[nameOf(library, platform)] = NATIVE_LIBRARIES[library].version
      }
    }
    const folder = join(scratch, 'offgrid')
    const [{ files }] = JSON.parse(npm(['pack', '--dry-run', '--json'], root))
    for (const { path } of files) {
      if (!path.startsWith('native/')) cpSync(join(root, path), join(folder, path))
    }
    const { devDependencies, scripts, allowScripts, ...manifest } = readJson(join(root, 'package.json'))
    const published = { ...manifest, files: manifest.files.filter((name) => name !== 'native'), optionalDependencies }
    writeJson(join(folder, 'package.json'), published)
    npm(['pack', '--pack-destination', target], folder)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  writeSums(target)
}

const [mode, folder] = process.argv.slice(2)
if (mode === '--inside') {
  const platform = `${process.platform}-${process.arch}`
  for (const library of Object.keys(PACKAGES)) {
    if (platform in PACKAGES[library].platforms) writePackage(join(folder ?? inside, library), library, platform)
  }
} else if (mode === '--remove') {
  rmSync(inside, { recursive: true, force: true })
} else if (mode === '--release') {
  packRelease(resolve(folder ?? 'release'))
} else {
  throw new Error(
    `Expected --inside [DIR], --remove or --release [DIR], got ${process.argv.slice(2).join(' ') || 'nothing'}.`,
  )
}
