/**
 * Preloaded with --require, so that it is in worker threads and forked processes too: whoever asks for a connection, a name or a port
 * is refused, and written down in the file OFFGRID_CONNECTIONS.
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

net.Socket.prototype.connect = function connect(...args) {
  const error = note('socket.connect', args)
  process.nextTick(() => this.destroy(error))
  return this
}

for (const [name, target, methods] of [
  ['datagram', dgram.Socket.prototype, ['send', 'connect', 'bind']],
  ['dns', dns, ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse']],
  ['dns', dns.promises, ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'reverse']],
  ['dns', dns.Resolver.prototype, ['resolve', 'resolve4', 'resolve6']],
  ['server', net.Server.prototype, ['listen']],
  ['global', globalThis, ['fetch']],
]) {
  for (const method of methods) {
    target[method] = (...args) => {
      throw note(`${name}.${method}`, args)
    }
  }
}
syncBuiltinESMExports()
