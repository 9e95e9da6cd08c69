/** Datagrams arrive at a socket that another language made, with a path and with an abstract name. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { sendDatagram } from '../../native/process.ts'
import { Scratch } from '../kit/cli.ts'
import { lacksCommand, requireAll } from '../kit/skip.ts'

requireAll(lacksCommand('python3'))

const RECEIVE = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1].replace('@', chr(0), 1) if sys.argv[1][0] == '@' else sys.argv[1])
print('bound', flush=True)
s.settimeout(10)
print(s.recv(1000).decode(), flush=True)
`

const s = suite('sendDatagram')
for (const name of ['path', '@swoll-test'])
  s(`reaches ${name}`, async () => {
    using scratch = new Scratch()
    const path = name === 'path' ? join(scratch.path, 'socket') : `${name}-${process.pid}`
    const receiver = spawn('python3', ['-c', RECEIVE, path])
    await once(receiver.stdout, 'data')
    sendDatagram(path, 'READY=1')
    assert.is((await receiver.stdout.toArray()).join('').trim(), 'READY=1')
  })
for (const [path, message] of [
  ['/nonexistent/socket', 'No such file or directory'],
  ['', 'too long'],
  [`/${'x'.repeat(200)}`, 'too long'],
] as const)
  s(`throws what is wrong with ${path.slice(0, 20) || 'nothing'}`, () => {
    assert.throws(() => sendDatagram(path, 'x'), new RegExp(message))
  })
s.run()
