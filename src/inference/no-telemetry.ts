// ONNX Runtime from 1.30 on reports its use to Microsoft and keeps a number for the machine in ~/.cache/Microsoft, unless this is set before its library loads. Nothing leaves the
// machine. To be imported by whoever loads the library, before it, and by whoever starts threads that do: what a worker sets in its environment no library sees.
process.env["ORT_DISABLE_TELEMETRY"] = "1";
