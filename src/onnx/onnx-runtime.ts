import './disable-telemetry.js'
import { ModelError } from '../errors.js'
import { inNativeCode } from './exit-guard.js'

export type OnnxRuntime = typeof import('onnxruntime-node')

let loading: Promise<OnnxRuntime> | null = null

/**
 * ONNX Runtime, loaded when the first model is opened: BM25 and the stores work where it cannot be loaded, and a program that
 * only imports offgrid starts without it.
 * @throws ModelError `RUNTIME_MISSING`
 */
export function loadRuntime(): Promise<OnnxRuntime> {
  loading ??= inNativeCode(() => import('onnxruntime-node')).catch((cause: Error) => {
    loading = null
    throw new ModelError(
      'RUNTIME_MISSING',
      `ONNX Runtime (the package onnxruntime-node, ${process.platform} ${process.arch}) cannot be loaded: ${cause.message} ${hint(cause)}`,
      { cause },
    )
  })
  return loading
}

/** Version of the ONNX Runtime in use. @throws ModelError `RUNTIME_MISSING` */
export async function runtimeVersion(): Promise<string> {
  const { env } = await loadRuntime()
  return env.versions.node ?? env.versions.common
}

function hint({ code }: NodeJS.ErrnoException): string {
  if (code === 'ERR_DLOPEN_DISABLED') return 'Node runs with --permission: give it --allow-addons too.'
  return 'If the program was bundled, leave offgrid and onnxruntime-node out of the bundle (docs/bundlers.md); else install the package again.'
}
