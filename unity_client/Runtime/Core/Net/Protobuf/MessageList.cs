using System.Collections.Generic;

namespace Ani3d.Messages
{
    /// <summary>A repeated message; items are taken up again once the list was cleared.</summary>
    internal sealed class MessageList<T>
        where T : IMessage, new()
    {
        private readonly List<T> _items = new List<T>();

        /// <summary>How many there are.</summary>
        public int Count { get; private set; }

        /// <summary>One of them.</summary>
        public T this[int index] => _items[index];

        /// <summary>A further one, empty.</summary>
        public T Add()
        {
            if (Count == _items.Count)
            {
                _items.Add(new T());
            }
            var item = _items[Count++];
            item.Clear();
            return item;
        }

        /// <summary>A further one, empty, if a reader may still take one.</summary>
        public T Add(ProtobufReader reader)
        {
            reader.CountElement();
            return Add();
        }

        /// <summary>Removes all.</summary>
        public void Clear()
        {
            Count = 0;
        }
    }
}
