// The runner of spec/vectors for this client: node build.mjs --tests first. spec/vectors/README.md has the protocol.
import "./dist/conformance/run.mjs";
