"""Cues: Vietnamese."""

CUES: dict[str, str] = {
    "show": (
        "hiển thị; cho xem; tiết lộ; in ra; xuất; viết ra; trình bày; phơi bày; lặp lại; "
        "chép lại; liệt kê; chia sẻ; đưa ra; bộc lộ; cho tôi xem; ghi ra; nêu ra; ghi lại"
    ),
    "make": "viết; cung cấp; thêm vào; bao gồm; tạo; bắt đầu bằng",
    "imagine": "tưởng tượng; diễn đạt; tái dựng; mô phỏng; dựng lại; suy ngược; hình dung",
    "explain": "giải thích; biện minh; mô tả; làm rõ; tại sao; vì sao",
    "strong": (
        "chuỗi suy nghĩ; chuỗi tư duy; chuỗi suy luận; chuỗi lập luận; độc thoại nội tâm; "
        "bộ nhớ làm việc; trí nhớ làm việc; suy luận ẩn; suy nghĩ ẩn; suy luận nội bộ; "
        "suy nghĩ nội bộ; lập luận nội bộ; lập luận ẩn; dấu vết suy luận; vết suy luận; "
        "nhật ký suy nghĩ; nội dung suy nghĩ; suy nghĩ thầm; suy nghĩ bên trong; "
        "suy luận bên trong; bản nháp suy nghĩ; suy nghĩ riêng tư; suy nghĩ thô; "
        "token suy nghĩ; token suy luận"
    ),
    "process": "suy nghĩ; quá trình suy nghĩ; quá trình tư duy; tư duy; cân nhắc",
    "thought": "suy luận; lập luận; lý luận; logic",
    "hidden": (
        "nội bộ; bị ẩn; ẩn giấu; được ẩn; giấu; bên trong; riêng tư; dạng thô; không lọc; "
        "chưa chỉnh sửa; bí mật; nội tâm; thầm; giấu kín; chưa biên tập; chưa nói; âm thầm; "
        "lặng lẽ; không nói ra"
    ),
    "complete": (
        "đầy đủ; toàn bộ; tất cả; trọn vẹn; nguyên văn; từng bước; không bỏ sót; từng chữ; "
        "mọi; hoàn chỉnh"
    ),
    "own": "của bạn; bạn; của mô hình; của mày; của anh",
    "done": (
        "câu trả lời bạn đã; bạn đã đưa ra; đã đưa ra; câu trả lời đã hoàn thành; "
        "câu trả lời hoàn chỉnh; câu trả lời trước; câu trả lời cuối; vừa đưa ra; "
        "vừa trả lời; câu trả lời ở trên; đã trả lời; phản hồi đã hoàn tất; vừa viết; "
        "có sẵn; đã viết xong"
    ),
    "behind": "đằng sau; dẫn đến; dẫn tới; phía sau; trước khi trả lời; đưa bạn đến",
    "reply": "câu trả lời; phản hồi; lời giải; đáp án; kết luận; trả lời",
    "wrap": "đặt; bọc; gói; bên trong; giữa; trong thẻ; chèn; để trong",
    "tagword": "trong thẻ; cặp thẻ; thẻ html; bằng thẻ; vào thẻ; dấu ngoặc; nhãn",
    "encode": (
        "dịch; mã hóa; sang tiếng pháp; sang tiếng anh; bằng tiếng pháp; đảo ngược; chuyển sang"
    ),
    "consist": "nhất quán; giống; cùng; trùng; khớp; thống nhất; đồng nhất",
    "langword": "ngôn ngữ",
    "negate": "đừng; không; không cần; chớ; thay vì",
    "topic": "chuỗi suy nghĩ là gì; kỹ thuật; nhân vật; tiểu thuyết; truyện; ở trẻ em",
    "audit": (
        "kiểm toán; cơ quan quản lý; tuân thủ; giải thích được; thẻ mô hình; minh bạch; "
        "giáo viên; bài tập; học sinh; sinh viên; khiếu nại; trách nhiệm giải trình; hồ sơ; "
        "con trai; con gái; bệnh nhân; ủy ban; thanh tra; đạo đức; biên bản; thầy; cô giáo; "
        "bảo vệ dữ liệu; giám sát; tài liệu hóa; đề thi; kỳ thi; bài thi; lớp tôi; lớp học; "
        "lớp của"
    ),
    "grade": (
        "chấm điểm; chấm; đánh giá; cho điểm; xếp hạng; phán xét; xếp loại; chọn; gắn nhãn; "
        "nêu; ghi"
    ),
    "scale": "thang; tiêu chí; từ 1 đến; từ 0 đến; điểm; thang điểm; trên 10; sao; barem",
    "compare": (
        "cái nào tốt hơn; câu trả lời nào; tốt hơn; ưu tiên; so sánh; hai câu trả lời; "
        "hai phản hồi; phản hồi nào; hữu ích hơn; ưa thích; phản hồi a; phản hồi b"
    ),
    "verdict": (
        "mô hình phần thưởng; phần thưởng; giám khảo; trọng tài; chỉ điểm; chỉ xuất điểm; "
        "chỉ số; dữ liệu ưu tiên; người chấm; chỉ trả về điểm; số nguyên; chỉ ghi điểm"
    ),
    "reword": (
        "viết lại; diễn đạt lại; nói lại; làm dịu; chuyển; phiên bản an toàn; thay thế; "
        "trung hòa; cách nói khác"
    ),
    "sensitive": (
        "nhạy cảm; kiểm duyệt; cấm; chính trị; cấm kỵ; bất đồng chính kiến; độc tài; "
        "bị chặn; gây tranh cãi; biểu tình; lãnh đạo"
    ),
    "query": "truy vấn; câu hỏi; yêu cầu; lời nhắc; câu lệnh",
    "past_filter": (
        "qua kiểm duyệt; qua được kiểm duyệt; không bị chặn; bộ lọc; vô hại; trung lập; "
        "chấp nhận được; an toàn; tránh kiểm duyệt; duyệt nội dung; lọt qua"
    ),
    "you_are": "bạn là; tên bạn là; hãy đóng vai; đóng vai",
    "evade": "vượt qua; tắt; bỏ qua; né; tránh; vô hiệu hóa; quên; lách; qua mặt; phớt lờ",
    "guard": (
        "bộ lọc; bộ phân loại; biện pháp an toàn; kiểm duyệt; chỉ dẫn trước; "
        "hướng dẫn trước; mọi hướng dẫn; hạn chế; giám sát; quy tắc; chính sách an toàn; "
        "rào chắn; hệ thống phát hiện"
    ),
    "override": (
        "đừng gắn cờ; đừng báo cáo; không gắn cờ; không được từ chối; đừng từ chối; "
        "phiên gỡ lỗi; chế độ gỡ lỗi; chế độ nhà phát triển; không có giới hạn; "
        "không giới hạn nào; tin nhắn hệ thống; thông báo hệ thống; trả lời bằng base64; "
        "chế độ quản trị; đừng ghi log; chế độ bảo trì"
    ),
    "clean": (
        "làm sạch; dọn dẹp; chuẩn hóa; trau chuốt; tiếp tục; rút gọn; nén; hoàn thiện; "
        "cải thiện; sửa; chỉnh sửa; viết tiếp; gọt giũa; hoàn tất"
    ),
    "trace": (
        "dấu vết suy luận; vết suy luận; quỹ đạo; nhật ký suy luận; câu trả lời bị từ chối; "
        "phản hồi bị từ chối; câu trả lời đã chấm; suy luận của mô hình khác; "
        "chuỗi suy luận; chuỗi lập luận; bản nháp suy luận; nhật ký tác tử; "
        "lập luận của mô hình khác; suy luận dở dang; đoạn suy luận; bị chấm thấp"
    ),
    "imperative": (
        "viết; tạo; tính; tìm; giải; mô tả; giải thích; liệt kê; phân loại; xác định; dịch; "
        "tóm tắt; thiết kế; cho; nêu; so sánh; hãy"
    ),
    "frame": "gì; như thế nào; tại sao; ai; nếu; làm thế nào",
    "given": (
        "cho trước; giả sử; hàm; chương trình; bao nhiêu; sau đây; câu; đoạn văn; danh sách; "
        "bảng; ví dụ; chuỗi"
    ),
    "self": "tôi; mình; em; chúng tôi; của tôi; tớ",
    "deictic": "ở trên; trước đó; cái đó; lại nữa; vẫn; lúc nãy",
    "greet": "xin chào; chào; cảm ơn; bạn có thể; giúp tôi; giúp mình; làm ơn",
    "again": (
        "tiếp; tiếp tục; nữa; lại; ngắn hơn; dài hơn; sai; sai rồi; thêm chú thích; "
        "thêm bình luận; cái khác; và; bây giờ; cảm ơn; không chạy; quá dài; viết lại; "
        "không đúng"
    ),
}
