import type { Orbit } from "../renderer/core/camera.ts";

const STEEPEST_RAD = 1.5;
const TURN_RAD_A_PX = 0.008;
const WHEEL_STEP = 0.0015;

/** Turns a camera around its target by dragging, and brings it nearer by wheel or by two fingers. */
export class OrbitGestures {
  private readonly pointers = new Map<number, { x: number; y: number }>();

  constructor(canvas: HTMLCanvasElement, private readonly orbit: () => Orbit | null) {
    canvas.style.touchAction = "none";
    canvas.addEventListener("pointerdown", (event) => {
      this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"] as const) {
      canvas.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(WHEEL_STEP * event.deltaY));
    }, { passive: false });
  }

  private move(event: PointerEvent): void {
    const pointer = this.pointers.get(event.pointerId), orbit = this.orbit();
    if (pointer === undefined || orbit === null) {
      return;
    }
    const before = this.spread(), x = event.clientX - pointer.x, y = event.clientY - pointer.y;
    pointer.x = event.clientX;
    pointer.y = event.clientY;
    if (this.pointers.size > 1) {
      this.zoom(before / this.spread());
      return;
    }
    orbit.azimuthRad -= TURN_RAD_A_PX * x;
    orbit.elevationRad = Math.min(STEEPEST_RAD, Math.max(-STEEPEST_RAD, orbit.elevationRad + TURN_RAD_A_PX * y));
  }

  private zoom(factor: number): void {
    const orbit = this.orbit();
    if (orbit !== null && Number.isFinite(factor)) {
      orbit.distanceM = Math.min(50, Math.max(0.2, orbit.distanceM * factor));
    }
  }

  private spread(): number {
    const [a, b] = this.pointers.values();
    return a === undefined || b === undefined ? 1 : Math.hypot(a.x - b.x, a.y - b.y);
  }
}
