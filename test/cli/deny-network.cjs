/**
 * Preloaded with --require, so that it is in worker threads and forked processes too: whoever asks for a connection, a name or a port
 * is refused, and written down in the file OFFGRID_CONNECTIONS. A socket that is a file is none: nobody but this machine's kernel sees it.
 */
const dgram = require('node:dgram')
const dns = require('node:dns')
const { appendFileSync } = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')
const net = require('node:net')
const { inspect } = require('node:util')

function note(what, args) {
  appendFileSync(process.env.OFFGRID_CONNECTIONS, `${what} ${inspect(args, { breakLength: Infinity })}\n`)
  return new Error(`${what}: no network here`)
}

/** Whether the options of a socket, alone or in the list that node:net makes of them, name a file. */
const isFile = ([options]) => typeof (Array.isArray(options) ? options[0] : options)?.path === 'string'

const { connect: connectSocket } = net.Socket.prototype
const { listen: listenSocket } = net.Server.prototype

net.Socket.prototype.connect = function connect(...args) {
  if (isFile(args)) return connectSocket.apply(this, args)
  const error = note('socket.connect', args)
  process.nextTick(() => this.destroy(error))
  return this
}

for (const [name, target, methods] of [
  ['datagram', dgram.Socket.prototype, ['send', 'connect', 'bind']],
  ['dns', dns, ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse']],
  ['dns', dns.promises, ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse']],
  ['dns', dns.Resolver.prototype, ['resolve', 'resolve4', 'resolve6']],
  ['global', globalThis, ['fetch']],
]) {
  for (const method of methods) {
    target[method] = (...args) => {
      throw note(`${name}.${method}`, args)
    }
  }
}
net.Server.prototype.listen = function listen(...args) {
  if (isFile(args)) return listenSocket.apply(this, args)
  throw note('server.listen', args)
}
syncBuiltinESMExports()
