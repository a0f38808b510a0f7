// Constants of WebGPU that TypeScript's own library leaves out.
declare const GPUBufferUsage: Readonly<Record<"COPY_DST" | "UNIFORM" | "STORAGE" | "INDIRECT", number>>;
declare const GPUTextureUsage: Readonly<Record<"COPY_SRC" | "COPY_DST" | "TEXTURE_BINDING" | "RENDER_ATTACHMENT", number>>;
