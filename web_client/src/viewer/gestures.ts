import type { Orbit } from "./orbit.ts";

const WHEEL_ZOOM = 0.0012;

/** Turns the camera by mouse, pen and fingers. */
export function attachGestures(canvas: HTMLCanvasElement, orbit: Orbit): void {
  const fingers = new Map<number, { x: number; y: number }>();
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const name of ["pointerup", "pointercancel"] as const) {
    canvas.addEventListener(name, (event) => {
      fingers.delete(event.pointerId);
    });
  }
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) {
      return;
    }
    const dx = event.clientX - before.x, dy = event.clientY - before.y, height = canvas.clientHeight;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other !== undefined) {
      const was = Math.hypot(before.x - other.x, before.y - other.y);
      const is = Math.hypot(event.clientX - other.x, event.clientY - other.y);
      orbit.zoom(is / Math.max(was, 1));
      // Both fingers move by half of what each does.
      orbit.pan(dx / 2, dy / 2, height);
    } else if (event.shiftKey || (event.buttons & 6) !== 0) {
      orbit.pan(dx, dy, height);
    } else {
      orbit.turn(dx, dy, height);
    }
    before.x = event.clientX;
    before.y = event.clientY;
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    orbit.zoom(Math.exp(-WHEEL_ZOOM * event.deltaY));
  }, { passive: false });
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
}
