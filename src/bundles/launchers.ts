import { MODELS_PATH } from './bundle-index.js'
import { PROGRAM_PATH } from './program-files.js'

const MAIN = `${PROGRAM_PATH}/dist/src/cli/main.js`

/** Commands at the top of a bundle with the program: unpacked, it is run in place, with the models that came along. */
export const LAUNCHERS: readonly { readonly path: string; readonly text: string }[] = [
  {
    path: 'offgrid',
    text: `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
OFFGRID_MODELS=\${OFFGRID_MODELS:-$here/${MODELS_PATH}}
export OFFGRID_MODELS
exec node "$here/${MAIN}" "$@"
`,
  },
  {
    path: 'offgrid.cmd',
    text: [
      '@echo off',
      `if not defined OFFGRID_MODELS set "OFFGRID_MODELS=%~dp0${MODELS_PATH}"`,
      `node "%~dp0${MAIN.replaceAll('/', '\\')}" %*`,
      '',
    ].join('\r\n'),
  },
]
