/**
 * Arithmetic of the linear layers; all else is float32. `bf16` multiplies in bfloat16 and adds in float32, which only ONNX Runtime for
 * arm64 on Linux can do, and only on processors that have such products.
 */
export type Precision = 'fp32' | 'int8' | 'bf16'

export const PRECISIONS: readonly Precision[] = ['fp32', 'int8', 'bf16']
