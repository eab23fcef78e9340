/**
 * Makes a disk fail, in a test or preloaded with --require: what reads, writes or looks at a file whose path ends as globalThis.failingPath (or
 * OFFGRID_FAILING_PATH) says gets EIO, as from a device that is going. Errors of an open file name no path, as Node's do not.
 */
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')
const { readlinkSync } = fs

globalThis.failingPath ??= process.env.OFFGRID_FAILING_PATH ?? null
globalThis.failingCalls ??= process.env.OFFGRID_FAILING_CALLS ?? 'read'

const isFailing = (path, call) =>
  globalThis.failingPath !== null && globalThis.failingCalls === call && String(path).endsWith(globalThis.failingPath)

function failure(call, path) {
  const where = path === undefined ? '' : ` '${path}'`
  return Object.assign(new Error(`EIO: i/o error, ${call}${where}`), {
    errno: -5,
    code: 'EIO',
    syscall: call,
    ...(path && { path }),
  })
}

function pathOf(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

const { readSync } = fs
fs.readSync = (fd, ...rest) => {
  if (isFailing(pathOf(fd), 'read')) throw failure('read')
  return readSync(fd, ...rest)
}
for (const name of ['readFile', 'readdir', 'stat', 'rename']) {
  const original = fs.promises[name]
  fs.promises[name] = async (path, ...rest) => {
    const call = { readFile: 'read', readdir: 'scandir' }[name] ?? name
    // reading a whole file fails after it was opened
    if (isFailing(path, call)) throw failure(call, name === 'readFile' ? undefined : path)
    return original(path, ...rest)
  }
}
const { open } = fs.promises
fs.promises.open = async (...args) => {
  const handle = await open(...args)
  for (const [name, call] of [
    ['read', 'read'],
    ['stat', 'fstat'],
    ['write', 'write'],
    ['appendFile', 'write'],
    ['datasync', 'fdatasync'],
    ['sync', 'fsync'],
  ]) {
    const original = handle[name].bind(handle)
    handle[name] = async (...rest) => {
      if (isFailing(args[0], call)) throw failure(call)
      return original(...rest)
    }
  }
  return handle
}
syncBuiltinESMExports()
