// The only door into the core: what the WebAssembly module exports.
//
// One instance is one job. The host makes an instance, calls pos_start once, then pos_step with the
// outcomes of the commands that it was given, until the answer says that the job is done; then it
// throws the instance away. After a trap it must throw it away: what it holds is undefined.
//
// A FRAME is how anything crosses, in both directions:
//
//   u32      H, the length of the header, little-endian
//   H bytes  the header: one JSON object, UTF-8
//   rest     the attachments: raw bytes, one after another, with nothing between them
//
// The header says where one attachment ends and the next begins: every member whose name ends in
// "_bytes" is the length of one attachment, in order of appearance ("body_bytes":1234). No other
// member may have such a name, so a limit is called "reply_bytes_max". Bytes that a job only hands
// on cross as attachments: they are never escaped, parsed or measured as JSON.
//
// Ownership. The module owns every buffer; the host never frees one. There are two:
//   - input:  pos_input lends it to be written to. The pointer holds until the next pos_input.
//   - output: pos_start, pos_step and pos_statements fill it, pos_output lends it to be read. The
//             pointer holds until the next call of any function.
// Any call may grow the memory, and growing detaches every view that JavaScript has of it: take
// new views after each call, and copy what is to outlive the next one.
//
// A size larger than the buffer that pos_input lent is an error of the host, and traps.

#pragma once

#include <cstdint>

// Only what carries this attribute is exported: the list of exports is part of the contract.
#if defined(__wasm__)
#define POS_EXPORT(name) __attribute__((export_name(#name), used))
#else
#define POS_EXPORT(name)
#endif

extern "C" {

// The version of this contract. A host must refuse any other than the one that it was written for.
POS_EXPORT(pos_abi_version) std::uint32_t pos_abi_version();

// Lends a buffer of at least `size` bytes for the next frame. Earlier pointers from here are void.
POS_EXPORT(pos_input) std::uint8_t* pos_input(std::uint32_t size);

// Makes the job that the first `size` bytes of the input describe; a job that was there is dropped.
// Returns the size of the output frame: the first commands.
POS_EXPORT(pos_start) std::uint32_t pos_start(std::uint32_t size);

// Feeds the job the outcomes in the first `size` bytes of the input. Returns the size of the output
// frame: the next commands.
POS_EXPORT(pos_step) std::uint32_t pos_step(std::uint32_t size);

// The output of the last call that returned a size. Valid until the next call of any function.
POS_EXPORT(pos_output) const std::uint8_t* pos_output();

// Fills the output with a JSON object (not a frame), name -> {"sql", "parameters"}, of every
// statement that a job may ask for by name. Returns its size. Needs no job.
POS_EXPORT(pos_statements) std::uint32_t pos_statements();

}  // extern "C"
