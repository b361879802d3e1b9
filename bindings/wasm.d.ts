// A .wasm file that is imported is a compiled module: the runtime compiles it before it starts.
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
