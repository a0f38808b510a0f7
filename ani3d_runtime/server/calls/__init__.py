"""Between gRPC and the services: what it calls for each method, the gate in front, and how a refusal leaves."""
