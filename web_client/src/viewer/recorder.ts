/** Saves what the canvas shows. */
export class Recorder {
  private recording: MediaRecorder | null = null;

  constructor(private readonly canvasOf: () => HTMLCanvasElement, private readonly nameOf: () => string) {}

  get isRecording(): boolean {
    return this.recording !== null;
  }

  picture(): void {
    this.canvasOf().toBlob((blob) => {
      if (blob !== null) {
        save(blob, `${this.nameOf()}.png`);
      }
    });
  }

  /** Begins, or ends and saves. False where this browser cannot. */
  toggle(): boolean {
    if (this.recording !== null) {
      this.recording.stop();
      this.recording = null;
      return true;
    }
    if (typeof MediaRecorder === "undefined") {
      return false;
    }
    const kind = ["video/mp4;codecs=avc1", "video/webm;codecs=vp9", "video/webm"].find((each) => MediaRecorder.isTypeSupported(each));
    if (kind === undefined) {
      return false;
    }
    const pieces: Blob[] = [], name = this.nameOf(), stream = this.canvasOf().captureStream(30);
    const recording = new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: 12e6 });
    recording.ondataavailable = ({ data }) => pieces.push(data);
    recording.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      save(new Blob(pieces, { type: kind }), `${name}.${kind.startsWith("video/mp4") ? "mp4" : "webm"}`);
    };
    recording.start(1000);
    this.recording = recording;
    return true;
  }
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a"), url = URL.createObjectURL(blob);
  link.href = url;
  link.download = name.replace(/[^\p{L}\p{N}._-]+/gu, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
