import type { Command } from 'commander'
import { addEvalOptions, type EvalFlags } from '../eval/eval-options.js'

export function addEval(command: Command, setExitCode: (code: number) => void): void {
  addEvalOptions(command)
  command.action(async (directory: string, flags: EvalFlags) => {
    const { evalAction } = await import('../actions/eval-action.js')
    setExitCode(await evalAction(directory, flags))
  })
}
