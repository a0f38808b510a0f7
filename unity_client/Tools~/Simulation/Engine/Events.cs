// Events of inspectors: nobody listens here.
using System;

namespace UnityEngine.Events
{
    public class UnityEvent<T0>
    {
        public void Invoke(T0 arg0)
        {
        }
    }
}
