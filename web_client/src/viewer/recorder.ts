const FRAMES_PER_S = 30;
const BITS_PER_S = 12e6;
const KINDS = ["video/mp4;codecs=avc1", "video/webm;codecs=vp9", "video/webm"];

/** A video of what is drawn. It keeps the size that it began with. */
export class Recorder {
  private readonly pieces: Blob[] = [];

  private constructor(
    private readonly canvas: HTMLCanvasElement, private readonly recording: MediaRecorder, private readonly kind: string,
  ) {
    recording.ondataavailable = ({ data }) => this.pieces.push(data);
  }

  /** Null where this browser cannot. */
  static begin(first: HTMLCanvasElement): Recorder | null {
    const kind = typeof MediaRecorder === "undefined" ? undefined : KINDS.find((each) => MediaRecorder.isTypeSupported(each));
    if (kind === undefined) {
      return null;
    }
    const canvas = document.createElement("canvas");
    // Codecs want even numbers.
    canvas.width = first.width & ~1;
    canvas.height = first.height & ~1;
    // Firefox takes no stream of a canvas without a context.
    canvas.getContext("2d");
    const stream = canvas.captureStream(FRAMES_PER_S);
    const recorder = new Recorder(canvas, new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: BITS_PER_S }), kind);
    recorder.take(first);
    recorder.recording.start(1000);
    return recorder;
  }

  /** Adds a picture; to be called as soon as it is drawn. */
  take(picture: HTMLCanvasElement): void {
    const { canvas } = this;
    canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  }

  /** Ends, and saves under a name without ending. */
  async save(name: string): Promise<void> {
    const { recording, kind } = this;
    await new Promise<void>((resolve) => {
      recording.onstop = () => resolve();
      recording.stop();
    });
    recording.stream.getTracks().forEach((track) => track.stop());
    save(new Blob(this.pieces, { type: kind }), `${name}.${kind.startsWith("video/mp4") ? "mp4" : "webm"}`);
  }
}

/** Saves a picture; to be called as soon as it is drawn. */
export async function savePicture(picture: HTMLCanvasElement, name: string): Promise<void> {
  const blob = await new Promise<Blob | null>((resolve) => picture.toBlob(resolve));
  if (blob !== null) {
    save(blob, `${name}.png`);
  }
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a"), url = URL.createObjectURL(blob);
  link.href = url;
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
