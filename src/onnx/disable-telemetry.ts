/**
 * ONNX Runtime's own builds send usage data to their maker and keep a device id in the user's cache folder unless this is set
 * before its library is loaded. Import this module first wherever the library is imported. Threads get a copy of the
 * environment, so it must have run in the main thread: the pool's callers load the encoders there.
 */
process.env.ORT_DISABLE_TELEMETRY = '1'
